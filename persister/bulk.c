#include "persister/store_private.h"

static size_t fill_all(struct store *store, store_fill_fn *fill,
		       struct row **list, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += fill(list[i], store->params + used);
	return used;
}

enum fault store_insert(struct store *store, enum statement which,
			store_fill_fn *fill, struct row **list, size_t n,
			store_after_fn *after, struct error *error)
{
	size_t done = 0;

	while (done < n) {
		size_t size;
		const char *text = statements_at_most(store->statements, which,
						      n - done, &size);
		size_t params = fill_all(store, fill, list + done, size);
		struct sql_result result;
		enum fault fault = sql_run(store->sql, text, store->params,
					   params, NULL, NULL, &result, error);

		if (fault == FAULT_NONE && after)
			fault = after(store, list + done, size, result.affected,
				      error);
		if (fault != FAULT_NONE)
			return fault;
		done += size;
	}
	return FAULT_NONE;
}

size_t store_fill_key(const struct row *row, struct sql_value *params)
{
	size_t n = 0;

	params[n++] = sql_u64(row->event->application_id);
	if (row->kind == ROW_MESSAGE || row->kind == ROW_MESSAGE_VOID)
		params[n++] = sql_u64(row->event->chat_number);
	params[n++] = sql_u64(row->event->number);
	return n;
}

/* Voids have both numbers, 0 for a chat's. */
static size_t fill_void_key(const struct row *row, struct sql_value *params)
{
	params[0] = sql_u64(row->event->application_id);
	params[1] = sql_u64(row->event->chat_number);
	params[2] = sql_u64(row->event->number);
	return 3;
}

/* Keys may be repeated, so a size that is too large is filled up with the last
 * one. */
enum fault store_by_key(struct store *store, enum statement which,
			struct row **list, size_t n, sql_row_fn *found,
			void *context, struct error *error)
{
	store_fill_fn *fill = which == STATEMENT_SELECT_VOIDS ? fill_void_key
							      : store_fill_key;
	size_t done = 0;

	while (done < n) {
		size_t some =
			n - done < STATEMENT_ROWS ? n - done : STATEMENT_ROWS;
		size_t size;
		const char *text = statements_at_least(store->statements, which,
						       some, &size);
		size_t params = fill_all(store, fill, list + done, some);
		enum fault fault;

		for (size_t i = some; i < size; i++)
			params += fill(list[done + some - 1],
				       store->params + params);
		fault = sql_run(store->sql, text, store->params, params, found,
				context, NULL, error);
		if (fault != FAULT_NONE)
			return fault;
		done += some;
	}
	return FAULT_NONE;
}
