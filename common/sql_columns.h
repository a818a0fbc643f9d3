#ifndef CONFAB_COMMON_SQL_COLUMNS_H
#define CONFAB_COMMON_SQL_COLUMNS_H

#include <mysql.h>

#include "common/fault.h"
#include "common/sql.h"

/* MySQL 8 has bool where MariaDB has its own char. (MYSQL_VERSION_ID alone
 * tells nothing: MariaDB's is larger.) */
#if !defined(MARIADB_BASE_VERSION) && MYSQL_VERSION_ID >= 80001
typedef bool sql_flag;
#else
typedef my_bool sql_flag;
#endif

/* The result columns of a prepared statement and the buffers that its rows
 * are fetched into. Part of sql.c. */
struct sql_columns {
	unsigned count;
	struct sql_column *columns;
	MYSQL_BIND *binds;
	struct sql_value *row;
};

/* False when memory is out; release it in any case. */
MUST_CHECK bool sql_columns_init(struct sql_columns *columns,
				 MYSQL_RES *metadata);
void sql_columns_release(struct sql_columns *columns);
/* Reads the whole result of an executed statement, then hands out its rows
 * (`row` may be NULL). */
MUST_CHECK enum fault sql_columns_read(struct sql_columns *columns,
				       MYSQL_STMT *handle, sql_row_fn *row,
				       void *context, struct error *error);
/* How a column's SQL type is handed out. */
enum sql_type sql_field_type(const MYSQL_FIELD *field);
/* The fault of a failed call on a statement. */
enum fault sql_handle_error(MYSQL_STMT *handle, struct error *error);

#endif
