#ifndef CONFAB_COMMON_SQL_STATEMENT_H
#define CONFAB_COMMON_SQL_STATEMENT_H

#include <mysql.h>

#include "common/fault.h"
#include "common/sql.h"

/* One prepared statement with its arrays of parameters and columns, made once
 * and used again with each run. Part of sql.c. */
struct sql_statement;

/* `text` must outlive it. Free with sql_statement_free(), before `mysql` is
 * closed. */
MUST_CHECK enum fault sql_statement_new(MYSQL *mysql, const char *text,
					struct sql_statement **statement_r,
					struct error *error);
void sql_statement_free(struct sql_statement **statement);
/* The text it was prepared from: its key. */
const char *sql_statement_text(const struct sql_statement *statement);
/* True when it answers with rows, so that it changes nothing. */
bool sql_statement_reads(const struct sql_statement *statement);
/* As sql_run(), on this statement. */
MUST_CHECK enum fault sql_statement_run(struct sql_statement *statement,
					const struct sql_value *params,
					size_t count, sql_row_fn *row,
					void *context,
					struct sql_result *result_r,
					struct error *error);

#endif
