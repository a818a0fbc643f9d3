#include "api/lists.h"

/* False at the first number that is missing before `number`. */
static bool pass_to(struct list *list, uint64_t number)
{
	if (number == list->low)
		return true;
	list->hole = (struct hole){ list->application_id, list->chat_number,
				    list->low, number - 1 };
	if (list->hole.last > list->high)
		list->hole.last = list->high;
	list->at_hole = true;
	return false;
}

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct list *list = context;
	struct page *page = &list->page;
	uint64_t number = columns[0].as.u64;
	struct buf *out;

	(void)count;
	list->rows++;
	if (list->low > list->high ||
	    (!page->descending && !pass_to(list, number)))
		return false;
	out = page_next(page);
	if (!out)
		return false;
	list->render(list, columns, out);
	page->last_number = number;
	if (page->descending)
		list->high = number - 1;
	else
		list->low = number + 1;
	return true;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Some of the rows that are not read yet. Forward, the row that ends the
 * window is read too, whatever its number: it shows the hole before it.
 */
static enum fault read_rows(struct list *list, struct worker *worker,
			    uint64_t wanted, struct error *error)
{
	bool descending = list->page.descending;
	struct sql_value params[5] = { sql_u64(list->application_id) };
	size_t count = 1;

	if (list->chat_number)
		params[count++] = sql_u64(list->chat_number);
	params[count++] = sql_u64(list->low - 1);
	params[count++] =
		sql_u64(descending ? list->high + 1 : EVENT_NUMBER_MAX + 1);
	params[count++] = sql_u64(wanted);
	list->at_hole = false;
	list->rows = 0;
	return sql_run(worker->sql,
		       descending ? list->descending : list->ascending, params,
		       count, take_row, list, NULL, error);
}

/* Reads on until there is an end: of the page, of the list, or a hole that may
 * be filled. */
static enum fault read_page(struct list *list, struct worker *worker,
			    struct error *error)
{
	struct page *page = &list->page;
	enum fault fault = FAULT_NONE;
	bool final = true;
	uint64_t wanted;

	while (list->low <= list->high && !page->more) {
		wanted = least(page->limit - page->count + 1,
			       list->high - list->low + 2);
		wanted = least(wanted, list->rows_at_once);
		fault = read_rows(list, worker, wanted, error);
		if (fault == FAULT_NONE && list->at_hole)
			fault = holes_are_final(worker->sql, &list->hole,
						&final, error);
		if (fault != FAULT_NONE || !final)
			break;
		if (!list->at_hole && list->rows < wanted)
			break;
		/* nothing will come there: go on behind it */
		if (list->at_hole)
			list->low = list->hole.last + 1;
		list->at_hole = false;
	}
	return fault;
}

void lists_run(struct list *list, struct worker *worker)
{
	struct page *page = &list->page;
	struct error error = ERROR_INIT;

	list->low = page->after + 1;
	list->high = page->before ? page->before - 1 : EVENT_NUMBER_MAX;
	if (read_page(list, worker, &error) != FAULT_NONE)
		worker_sql_failed(page->request, &error);
	else if (list->at_hole)
		page_end_at_hole(page);
	else
		page_end(page);
}
