#include <stdlib.h>
#include <string.h>

#include "persister/store_private.h"

static size_t fill_key_record(const struct row *row, struct sql_value *params)
{
	const struct event *event = row->event;

	params[0] = sql_u64(event->application_id);
	params[1] = sql_u64(event->chat_number);
	params[2] = sql_text(event->key, event->key_length);
	params[3] = sql_bytes(event->fingerprint, sizeof(event->fingerprint));
	params[4] = sql_u64(event->number);
	params[5] = sql_bytes(event->id.bytes, sizeof(event->id.bytes));
	params[6] = sql_time(event->at_ms);
	return 7;
}

static int compare_keys(const void *left, const void *right)
{
	const struct event *a = (*(struct row *const *)left)->event;
	const struct event *b = (*(struct row *const *)right)->event;
	size_t length =
		a->key_length < b->key_length ? a->key_length : b->key_length;
	int order;

	if (a->application_id != b->application_id)
		return a->application_id < b->application_id ? -1 : 1;
	if (a->chat_number != b->chat_number)
		return a->chat_number < b->chat_number ? -1 : 1;
	order = memcmp(a->key, b->key, length);
	if (order != 0 || a->key_length == b->key_length)
		return order;
	return a->key_length < b->key_length ? -1 : 1;
}

/* ---- late ones ---- */

static bool read_count(void *context, const struct sql_value *columns,
		       size_t count)
{
	if (count == 1)
		*(uint64_t *)context = columns[0].as.u64;
	return false;
}

static enum fault look_for(struct store *store, struct row *row,
			   struct error *error)
{
	const struct event *event = row->event;
	struct sql_value params[9] = {
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_text(event->key, event->key_length),
		sql_bytes(event->id.bytes, sizeof(event->id.bytes)),
		sql_bytes(event->id.bytes, sizeof(event->id.bytes)),
	};
	size_t n = 5 + store_fill_key(row, params + 5);
	uint64_t known = 0;
	enum fault fault;

	params[n++] = params[3];
	fault = sql_run(store->sql,
			row->kind == ROW_CHAT ? statement_known_chat
					      : statement_known_message,
			params, n, read_count, &known, NULL, error);
	row->late = known == 0;
	return fault;
}

enum fault store_find_late(struct store *store, struct row *rows, size_t count,
			   struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
		if (rows[i].kind < ROW_CHAT_VOID &&
		    fence_is_late(&store->fence, rows[i].event))
			fault = look_for(store, &rows[i], error);
	return fault;
}

/* ---- records ---- */

enum fault store_keys(struct store *store, struct row *rows, size_t count,
		      struct error *error)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i].event->key && !rows[i].collided && !rows[i].late &&
		    fence_takes_key(&store->fence, rows[i].event))
			store->list[n++] = &rows[i];
	qsort(store->list, n, sizeof(struct row *), compare_keys);
	return store_insert(store, STATEMENT_INSERT_KEYS, fill_key_record,
			    store->list, n, NULL, error);
}

enum fault store_key(struct store *store, struct row *row, struct error *error)
{
	enum fault fault;

	if (!row->event->key)
		return FAULT_NONE;
	fault = sql_begin(store->sql, error);
	if (fault != FAULT_NONE)
		return fault;
	row->collided = row->late = false;
	fault = fence_read(store->sql, &store->fence, error);
	if (fault == FAULT_NONE)
		fault = store_keys(store, row, 1, error);
	if (fault == FAULT_NONE)
		return sql_commit(store->sql, error);
	sql_rollback(store->sql);
	return fault == FAULT_PERMANENT ? FAULT_NONE : fault;
}
