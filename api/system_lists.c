#include "api/system_lists.h"

#include <string.h>

#define PARAMS_MAX (2 * 3)

struct reading {
	const struct system_list *list;
	const struct member *shape;
	struct page page;
	uint64_t rows; /* of the statement that was run last */
};

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct reading *reading = context;
	const struct system_list *list = reading->list;
	char token[REQUEST_TOKEN_LENGTH + 1];
	struct record record = list->record_of(columns, token);
	struct buf *out = page_next(&reading->page);

	(void)count;
	reading->rows++;
	if (!out)
		return false;
	dialect_render(reading->shape, &record, out);
	for (unsigned i = 0; i < list->parts; i++)
		reading->page.cursor[i] = columns[i].as.u64;
	return true;
}

static enum fault read_rows(struct reading *reading, struct worker *worker,
			    uint64_t wanted, struct error *error)
{
	const struct system_list *list = reading->list;
	const uint64_t *key = reading->page.cursor;
	struct sql_value params[PARAMS_MAX];
	size_t count = 0;

	for (unsigned i = 0; i < list->parts - 1; i++) {
		params[count++] = sql_u64(key[i]);
		params[count++] = sql_u64(key[i]);
	}
	params[count++] = sql_u64(key[list->parts - 1]);
	params[count++] = sql_u64(wanted);
	reading->rows = 0;
	return sql_run(worker->sql, list->statement, params, count, take_row,
		       reading, NULL, error);
}

static enum fault read_page(struct reading *reading, struct worker *worker,
			    struct error *error)
{
	const struct page *page = &reading->page;
	uint64_t wanted;
	enum fault fault;

	do {
		wanted = page->limit - page->count + 1;
		if (wanted > reading->list->rows_at_once)
			wanted = reading->list->rows_at_once;
		fault = read_rows(reading, worker, wanted, error);
	} while (fault == FAULT_NONE && !page->more && reading->rows == wanted);
	return fault;
}

void system_lists_run(struct request *request, struct worker *worker,
		      const struct system_list *list)
{
	struct reading reading = {
		.list = list,
		.shape = list->shape ? list->shape
				     : request->dialect->application_listed,
	};
	struct error error = ERROR_INIT;

	if (!page_start_cursor(&reading.page, request, list->name, list->parts))
		return;
	if (read_page(&reading, worker, &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else
		page_end_cursor(&reading.page);
}

void system_lists_copy_token(const struct sql_value *column,
			     char token_r[REQUEST_TOKEN_LENGTH + 1])
{
	token_r[0] = '\0';
	if (column->as.bytes.length != REQUEST_TOKEN_LENGTH)
		return;
	memcpy(token_r, column->as.bytes.data, REQUEST_TOKEN_LENGTH);
	token_r[REQUEST_TOKEN_LENGTH] = '\0';
}
