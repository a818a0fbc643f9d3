#include "api/lists.h"

#include "api/holes.h"
#include "common/event.h"

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct list *list = context;
	uint64_t number = columns[0].as.u64;
	struct buf *out;

	(void)count;
	if (!list->page.descending && number != list->expected) {
		*list->hole =
			(struct hole){ list->application_id, list->chat_number,
				       list->expected, number - 1 };
		list->at_hole = true;
		return false;
	}
	out = page_next(&list->page);
	if (!out)
		return false;
	list->render(list, columns, out);
	list->page.last_number = number;
	list->expected = number + 1;
	return true;
}

/* The rows behind what the page has; stops at a hole. */
static enum fault read_rows(struct list *list, struct worker *worker,
			    struct error *error)
{
	struct page *page = &list->page;
	uint64_t before = page->before ? page->before : EVENT_NUMBER_MAX + 1;
	struct sql_value params[5] = { sql_u64(list->application_id) };
	size_t count = 1;

	if (list->chat_number)
		params[count++] = sql_u64(list->chat_number);
	params[count++] =
		sql_u64(page->descending ? page->after : list->expected - 1);
	params[count++] = sql_u64(before);
	params[count++] = sql_u64(page->limit - page->count + 1);
	list->at_hole = false;
	return sql_run(worker->sql,
		       page->descending ? list->descending : list->ascending,
		       params, count, take_row, list, NULL, error);
}

void lists_run(struct list *list, struct worker *worker)
{
	struct error error = ERROR_INIT;
	struct hole hole;
	bool final = true;
	enum fault fault;

	list->hole = &hole;
	list->expected = list->page.after + 1;
	do {
		fault = read_rows(list, worker, &error);
		if (fault == FAULT_NONE && list->at_hole)
			fault = holes_are_final(worker->sql, &hole, &final,
						&error);
		/* nothing will come there: go on behind it */
		if (list->at_hole && final)
			list->expected = hole.last + 1;
	} while (fault == FAULT_NONE && list->at_hole && final);
	if (fault != FAULT_NONE)
		worker_sql_failed(list->page.request, &error);
	else if (list->at_hole)
		page_end_at_hole(&list->page);
	else
		page_end(&list->page);
}
