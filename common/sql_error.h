#ifndef CONFAB_COMMON_SQL_ERROR_H
#define CONFAB_COMMON_SQL_ERROR_H

#include <stdbool.h>

#include "common/fault.h"

/* What the client library says of a failed call, made ours. Part of sql.c. */

/* As sql_classify(); a number that no table knows is judged by the class of
 * its SQLSTATE (may be NULL or shorter than five characters). */
enum fault sql_classify_state(unsigned code, const char *state);
/* Fills `error` with the server's sentence; what it quotes of the data is cut
 * out. Returns the fault. */
enum fault sql_error_set(struct error *error, unsigned code, const char *state,
			 const char *message);
/* True when the connection is of no use after this error. */
bool sql_error_ends_connection(unsigned code);
/* True when the server has forgotten or refused the prepared statement, and
 * so has not run it: prepare it anew. */
bool sql_error_loses_statement(unsigned code);

#endif
