#include "counter/dirty.h"

#include <stdlib.h>

#include "common/sql_rows.h"

/* Counters that mark and count the same parents may deadlock; the server
 * then rolls one back, which had better try again than wait. */
#define TRIES 3

enum { COLUMNS = 4 };

struct dirty {
	struct sql *sql;
	struct sql_rows insert;
	size_t most_events;
	struct dirty_row *rows;	  /* most_events */
	struct sql_value *values; /* COLUMNS for each, filled up */
};

static const struct sql_rows insert_rows = {
	.head = "INSERT INTO dirty_chats (application_id, chat_number, lowest,"
		" announced, since, check_at) VALUES ",
	.row = "(?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
	.separator = ", ",
	.tail = " ON DUPLICATE KEY UPDATE lowest = LEAST(lowest,"
		" VALUES(lowest)), announced = GREATEST(announced,"
		" VALUES(announced)), check_at = LEAST(check_at,"
		" VALUES(check_at))",
	.columns = COLUMNS,
	.repeat = true,
};

/* ---- reducing ---- */

static bool changes_a_count(const struct event *event)
{
	return event->type != EVENT_MESSAGE_UPDATED;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_rows(const void *left, const void *right)
{
	const struct dirty_row *a = left, *b = right;

	if (a->application_id != b->application_id)
		return compare(a->application_id, b->application_id);
	return compare(a->chat_number, b->chat_number);
}

/* One row for each parent out of sorted rows. */
static size_t merge(struct dirty_row *rows, size_t n)
{
	size_t merged = 0;

	for (size_t i = 1; i < n; i++) {
		struct dirty_row *last = &rows[merged];

		if (compare_rows(last, &rows[i]) != 0) {
			rows[++merged] = rows[i];
			continue;
		}
		if (rows[i].lowest < last->lowest)
			last->lowest = rows[i].lowest;
		if (rows[i].announced > last->announced)
			last->announced = rows[i].announced;
	}
	return n > 0 ? merged + 1 : 0;
}

size_t dirty_reduce(const struct event *const *events, size_t n,
		    struct dirty_row *rows_r)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!changes_a_count(events[i]))
			continue;
		rows_r[count++] = (struct dirty_row){
			.application_id = events[i]->application_id,
			.chat_number = events[i]->chat_number,
			.lowest = events[i]->number,
			.announced = events[i]->number,
		};
	}
	/* In the order of the key, so that statements of several counters
	 * lock in one order. */
	qsort(rows_r, count, sizeof(*rows_r), compare_rows);
	return merge(rows_r, count);
}

/* ---- marking ---- */

struct dirty *dirty_new(struct sql *sql, size_t most_events)
{
	struct dirty *dirty = calloc(1, sizeof(*dirty));

	if (dirty == NULL)
		return NULL;
	dirty->sql = sql;
	dirty->insert = insert_rows;
	dirty->most_events = most_events;
	dirty->rows = calloc(most_events, sizeof(*dirty->rows));
	dirty->values = calloc(SQL_ROWS_MAX * COLUMNS, sizeof(*dirty->values));
	if (dirty->rows == NULL || dirty->values == NULL)
		dirty_free(&dirty);
	return dirty;
}

void dirty_free(struct dirty **dirty)
{
	struct dirty *old = *dirty;

	*dirty = NULL;
	if (old == NULL)
		return;
	sql_rows_release(&old->insert);
	free(old->rows);
	free(old->values);
	free(old);
}

static void set_values(struct sql_value *values, const struct dirty_row *row)
{
	values[0] = sql_u64(row->application_id);
	values[1] = sql_u64(row->chat_number);
	values[2] = sql_u64(row->lowest);
	values[3] = sql_u64(row->announced);
}

static enum fault insert(struct dirty *dirty, const struct dirty_row *rows,
			 size_t n, struct error *error)
{
	const int deadlock = 1213;
	struct error failure = ERROR_INIT;
	enum fault fault = FAULT_NONE;

	for (int try = 0; try < TRIES; try++) {
		for (size_t i = 0; i < n; i++)
			set_values(&dirty->values[i * COLUMNS], &rows[i]);
		fault = sql_rows_run(dirty->sql, &dirty->insert, dirty->values,
				     n, NULL, NULL, &failure);
		if (fault == FAULT_NONE || failure.code != deadlock)
			break;
	}
	if (fault != FAULT_NONE)
		*error = failure;
	return fault;
}

enum fault dirty_mark(struct dirty *dirty, const struct event *const *events,
		      size_t n, struct error *error)
{
	enum fault fault = FAULT_NONE;
	size_t count, part;

	if (n > dirty->most_events)
		return error_set(error, FAULT_BUG, 0,
				 "%zu events where %zu fit", n,
				 dirty->most_events);
	count = dirty_reduce(events, n, dirty->rows);
	for (size_t i = 0; i < count && fault == FAULT_NONE; i += part) {
		part = count - i < SQL_ROWS_MAX ? count - i : SQL_ROWS_MAX;
		fault = insert(dirty, &dirty->rows[i], part, error);
	}
	return fault;
}
