#include "persister/rows.h"

#include <stdlib.h>

#include "common/clock.h"
#include "persister/bisect.h"
#include "persister/order.h"
#include "persister/store.h"

/* What one write may take before it leaves the rest for the next. */
#define WRITE_MS 4000
#define DEADLOCK 1213
#define DEADLOCK_TRIES 5

static const int TOO_LARGE[] = { 1153, 2020 };

struct rows {
	struct store *store;
	struct row *rows; /* of the batch under way */
	struct twin *twins;
	struct verdict *verdicts; /* the caller's */
	/* Bytes of the shortest body that max_allowed_packet refused in a row
	 * of its own; 0: none did. */
	size_t refused_bytes;
};

struct rows *rows_new(struct sql *sql, const char *rabbitmq_url,
		      size_t batch_events)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return NULL;
	rows->store = store_new(sql, rabbitmq_url, batch_events);
	rows->rows = calloc(batch_events, sizeof(*rows->rows));
	rows->twins = calloc(batch_events, sizeof(*rows->twins));
	if (!rows->store || !rows->rows || !rows->twins)
		rows_free(&rows);
	return rows;
}

void rows_free(struct rows **rows)
{
	if (!*rows)
		return;
	store_free(&(*rows)->store);
	free((*rows)->rows);
	free((*rows)->twins);
	free(*rows);
	*rows = NULL;
}

static enum fault attempt(void *context, size_t first, size_t count,
			  struct error *error)
{
	struct rows *rows = context;
	struct row *list = rows->rows + first;
	enum fault fault;
	int tries = 0;

	/* The server chose us to give way: nothing to wait for. */
	do {
		fault = store_rows(rows->store, list, count, error);
	} while (fault == FAULT_TEMPORARY && error->code == DEADLOCK &&
		 ++tries < DEADLOCK_TRIES);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < count; i++)
		if (list[i].collided || list[i].late)
			verdict_set(&rows->verdicts[list[i].index],
				    FAULT_PERMANENT, REASON_COLLISION,
				    list[i].late
					    ? "it came after a recovery of the "
					      "numbers; it was never "
					      "acknowledged"
					    : "its number belongs to another "
					      "event");
	return FAULT_NONE;
}

static bool is_too_large(const struct error *error)
{
	return error->code == TOO_LARGE[0] || error->code == TOO_LARGE[1];
}

/*
 * A single row that is too large for max_allowed_packet is one that another
 * setting of the server takes: it stays in hand, unacknowledged, while those
 * behind it are stored.
 */
static void set_aside(struct rows *rows, const struct row *row,
		      const struct error *error)
{
	size_t bytes = row->event->body_length;

	verdict_set(&rows->verdicts[row->index], FAULT_TEMPORARY, NULL,
		    error->text);
	if (rows->refused_bytes == 0 || bytes < rows->refused_bytes)
		rows->refused_bytes = bytes;
}

static enum fault condemn(void *context, size_t item, const struct error *error)
{
	struct rows *rows = context;
	struct error key_error = ERROR_INIT;
	enum fault fault;

	if (is_too_large(error)) {
		set_aside(rows, &rows->rows[item], error);
		return FAULT_NONE;
	}
	/* Before the letter is recorded, and so before it is acknowledged. */
	fault = store_key(rows->store, &rows->rows[item], &key_error);
	if (fault != FAULT_NONE)
		return fault;
	verdict_set(&rows->verdicts[rows->rows[item].index], FAULT_PERMANENT,
		    REASON_REJECTED, error->text);
	return FAULT_PERMANENT;
}

static bool was_refused(const struct rows *rows, const struct row *row)
{
	return rows->refused_bytes > 0 &&
	       row->event->body_length >= rows->refused_bytes;
}

/* The shortest of those that were refused before, or are as long; NULL when
 * there is none. */
static struct row *choose_probe(const struct rows *rows, size_t count)
{
	struct row *probe = NULL;

	for (size_t i = 0; i < count; i++) {
		struct row *row = &rows->rows[i];

		if (was_refused(rows, row) &&
		    (!probe ||
		     row->event->body_length < probe->event->body_length))
			probe = row;
	}
	return probe;
}

/*
 * Finding a row that is too large takes a new session for each attempt, and
 * those that are set aside come again with each write. So one of them is tried
 * first: when the server still refuses it, none of the others is. *count is
 * how many rows are left to store.
 */
static enum fault leave_out_refused(struct rows *rows, size_t *count,
				    struct error *error)
{
	struct row *probe = choose_probe(rows, *count);
	size_t kept = 0;
	enum fault fault;

	if (!probe)
		return FAULT_NONE;
	fault = attempt(rows, (size_t)(probe - rows->rows), 1, error);
	if (fault != FAULT_PERMANENT || !is_too_large(error)) {
		rows->refused_bytes = 0;
		return fault == FAULT_PERMANENT ? FAULT_NONE : fault;
	}
	for (size_t i = 0; i < *count; i++) {
		if (was_refused(rows, &rows->rows[i]))
			set_aside(rows, &rows->rows[i], error);
		else
			rows->rows[kept++] = rows->rows[i];
	}
	*count = kept;
	return FAULT_NONE;
}

static void share_fate(struct rows *rows, size_t twins)
{
	for (size_t i = 0; i < twins; i++)
		rows->verdicts[rows->twins[i].index] =
			rows->verdicts[rows->twins[i].of];
}

enum fault rows_write(void *context, const struct event *const *events,
		      size_t n, struct verdict *verdicts, struct error *error)
{
	struct rows *rows = context;
	const struct bisect bisect = {
		.context = rows,
		.attempt = attempt,
		.condemn = condemn,
		.deadline_ms = clock_monotonic_ms() + WRITE_MS,
	};
	size_t twins, done = 0;
	size_t count = order_rows(events, n, rows->rows, rows->twins, &twins);
	enum fault fault;

	rows->verdicts = verdicts;
	fault = leave_out_refused(rows, &count, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = bisect_run(&bisect, count, &done, error);
	/* When nothing was decided, the fault speaks for all. */
	if (fault == FAULT_BUG || (fault != FAULT_NONE && done == 0))
		return fault;
	for (size_t i = done; i < count; i++)
		verdict_set(&verdicts[rows->rows[i].index], fault, NULL,
			    error->text);
	share_fate(rows, twins);
	/* the verdicts speak */
	error->fault = FAULT_NONE;
	return FAULT_NONE;
}
