#ifndef CONFAB_COMMON_SQL_ROWS_H
#define CONFAB_COMMON_SQL_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/fault.h"
#include "common/sql.h"

/*
 * A statement over any number of rows: head, then a part for each row, then
 * tail. So that few texts are prepared, it exists for 1, 2, 4 ... rows, and
 * what a call has less is filled up.
 */
#define SQL_ROWS_SIZES 11
#define SQL_ROWS_MAX ((size_t)1 << (SQL_ROWS_SIZES - 1))

struct sql_rows {
	const char *head, *row, *separator, *tail;
	size_t columns; /* parameters of a row */
	/* Filled up by the last row again; else by zeros, which as keys match
	 * nothing. */
	bool repeat;
	char *texts[SQL_ROWS_SIZES]; /* made when first used */
};

/* Only when no connection uses its texts any more. */
void sql_rows_release(struct sql_rows *rows);
/* Rows that `n` rows are filled up to. */
size_t sql_rows_filled(size_t n);
/*
 * Runs it for n rows, 1 to SQL_ROWS_MAX; as sql_run() else. `values` has room
 * for sql_rows_filled(n) rows; those behind n are overwritten.
 */
MUST_CHECK enum fault sql_rows_run(struct sql *sql, struct sql_rows *rows,
				   struct sql_value *values, size_t n,
				   sql_row_fn *row, void *context,
				   struct error *error);

#endif
