#ifndef CONFAB_COMMON_SQL_TEXT_H
#define CONFAB_COMMON_SQL_TEXT_H

#include <mysql.h>

#include "common/fault.h"
#include "common/sql.h"

/* As sql_run_text(), on a connected handle that it does not drop. Part of
 * sql.c. */
MUST_CHECK enum fault sql_text_run(MYSQL *mysql, const char *text,
				   sql_row_fn *row, void *context,
				   struct error *error);
/* The fault of a failed call on the connection. */
enum fault sql_client_error(MYSQL *mysql, struct error *error);

#endif
