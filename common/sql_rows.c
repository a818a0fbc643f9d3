#include "common/sql_rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

void sql_rows_release(struct sql_rows *rows)
{
	for (size_t i = 0; i < SQL_ROWS_SIZES; i++) {
		free(rows->texts[i]);
		rows->texts[i] = NULL;
	}
}

static size_t size_index(size_t n)
{
	size_t i = 0;

	while (((size_t)1 << i) < n)
		i++;
	return i;
}

size_t sql_rows_filled(size_t n)
{
	return (size_t)1 << size_index(n);
}

static char *make_text(const struct sql_rows *rows, size_t n)
{
	struct buf text = BUF_INIT;
	char *made;

	buf_append_text(&text, rows->head);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_append_text(&text, rows->separator);
		buf_append_text(&text, rows->row);
	}
	buf_append_text(&text, rows->tail);
	made = buf_take(&text, NULL);
	buf_release(&text);
	return made;
}

static void fill_up(const struct sql_rows *rows, struct sql_value *values,
		    size_t n, size_t filled)
{
	const struct sql_value *last = values + (n - 1) * rows->columns;

	for (size_t i = n; i < filled; i++) {
		struct sql_value *to = values + i * rows->columns;

		for (size_t c = 0; c < rows->columns; c++)
			to[c] = rows->repeat ? last[c] : sql_u64(0);
	}
}

enum fault sql_rows_run(struct sql *sql, struct sql_rows *rows,
			struct sql_value *values, size_t n, sql_row_fn *row,
			void *context, struct error *error)
{
	size_t index = size_index(n);
	size_t filled = (size_t)1 << index;

	if (n == 0 || n > SQL_ROWS_MAX)
		return error_set(error, FAULT_BUG, 0, "%zu rows at once", n);
	if (rows->texts[index] == NULL)
		rows->texts[index] = make_text(rows, filled);
	if (rows->texts[index] == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fill_up(rows, values, n, filled);
	return sql_run(sql, rows->texts[index], values, filled * rows->columns,
		       row, context, NULL, error);
}
