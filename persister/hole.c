#include <stdlib.h>

#include "persister/store_private.h"

/*
 * A row and a void of the same number may be written by two persisters at the
 * same time, and neither sees what the other has not committed.
 *
 * Whoever writes the row looks for voids before it commits; whoever writes the
 * void looks for rows, with locks, after it committed. Either the row's look
 * came after the void's commit, and found the void; or it came before, and so
 * did the row, which the void's look then finds, or waits for. A crash between
 * the void's commit and its look leaves the event unacknowledged: both are
 * done again.
 */

static bool note_one(void *context, const struct sql_value *columns,
		     size_t count)
{
	bool *found = context;

	(void)columns;
	(void)count;
	*found = true;
	return false;
}

/* Voids are rare, so one look at the range of applications does for most
 * batches. */
static enum fault any_void(struct store *store, struct row **list, size_t n,
			   bool *found_r, struct error *error)
{
	struct sql_value range[2];
	uint64_t least = list[0]->event->application_id, most = least;

	for (size_t i = 1; i < n; i++) {
		uint64_t id = list[i]->event->application_id;

		least = id < least ? id : least;
		most = id > most ? id : most;
	}
	range[0] = sql_u64(least);
	range[1] = sql_u64(most);
	*found_r = false;
	return sql_run(store->sql, statement_any_void, range, 2, note_one,
		       found_r, NULL, error);
}

/* The keys of rows that are there. */
struct found {
	struct sql_value (*keys)[3];
	size_t count;
};

static bool note_key(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct found *found = context;

	if (count < 3)
		return false;
	for (int i = 0; i < 3; i++)
		found->keys[found->count][i] = sql_u64(columns[i].as.u64);
	found->count++;
	return true;
}

/* Deletes the voids that `which` finds by the keys of the list. */
static enum fault delete_found(struct store *store, enum statement which,
			       struct row **list, size_t n, struct error *error)
{
	struct found found = { calloc(n, sizeof(*found.keys)), 0 };
	enum fault fault;

	if (!found.keys)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fault = store_by_key(store, which, list, n, note_key, &found, error);
	for (size_t i = 0; fault == FAULT_NONE && i < found.count; i++)
		fault = sql_run(store->sql, statement_delete_void,
				found.keys[i], 3, NULL, NULL, NULL, error);
	free(found.keys);
	return fault;
}

enum fault hole_close(struct store *store, struct row **list, size_t n,
		      struct error *error)
{
	bool any;
	enum fault fault;

	if (n == 0)
		return FAULT_NONE;
	fault = any_void(store, list, n, &any, error);
	if (fault != FAULT_NONE || !any)
		return fault;
	return delete_found(store, STATEMENT_SELECT_VOIDS, list, n, error);
}

/* ---- storing voids ---- */

static size_t fill_void(const struct row *row, struct sql_value *params)
{
	const struct event *event = row->event;

	params[0] = sql_u64(event->application_id);
	params[1] = sql_u64(event->chat_number);
	params[2] = sql_u64(event->number);
	params[3] = sql_bytes(event->id.bytes, sizeof(event->id.bytes));
	params[4] = sql_time(event->at_ms);
	return 5;
}

static enum fault count_voids(struct store *store, struct row **list, size_t n,
			      uint64_t affected, struct error *error)
{
	enum event_type type = list[0]->event->type;

	(void)error;
	store->inserted[type] += affected;
	store->repeated[type] += n - affected;
	return FAULT_NONE;
}

enum fault hole_insert(struct store *store, struct row **list, size_t n,
		       struct error *error)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (fence_takes_void(&store->fence, list[i]->event))
			list[kept++] = list[i];
	return store_insert(store, STATEMENT_INSERT_VOIDS, fill_void, list,
			    kept, count_voids, error);
}

enum fault hole_review(struct store *store, struct row **list, size_t n,
		       struct error *error)
{
	if (n == 0)
		return FAULT_NONE;
	return delete_found(store,
			    list[0]->kind == ROW_CHAT_VOID
				    ? STATEMENT_LOCK_CHATS
				    : STATEMENT_LOCK_MESSAGES,
			    list, n, error);
}
