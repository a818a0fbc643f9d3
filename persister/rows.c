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

struct rows {
	struct store *store;
	struct row *rows; /* of the batch under way */
	struct twin *twins;
	struct verdict *verdicts; /* the caller's */
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
		if (list[i].collided)
			verdict_set(&rows->verdicts[list[i].index],
				    FAULT_PERMANENT, REASON_COLLISION,
				    "its number belongs to another event");
	return FAULT_NONE;
}

static enum fault condemn(void *context, size_t item, const struct error *error)
{
	const int too_large[] = { 1153, 2020 };
	struct rows *rows = context;
	struct error key_error = ERROR_INIT;
	enum fault fault;

	/* A single row that is too large for max_allowed_packet is one that
	 * another setting of the server takes. */
	if (error->code == too_large[0] || error->code == too_large[1])
		return FAULT_TEMPORARY;
	/* Before the letter is recorded, and so before it is acknowledged. */
	fault = store_key(rows->store, &rows->rows[item], &key_error);
	if (fault != FAULT_NONE)
		return fault;
	verdict_set(&rows->verdicts[rows->rows[item].index], FAULT_PERMANENT,
		    REASON_REJECTED, error->text);
	return FAULT_PERMANENT;
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
	size_t twins, done;
	size_t count = order_rows(events, n, rows->rows, rows->twins, &twins);
	enum fault fault;

	rows->verdicts = verdicts;
	fault = bisect_run(&bisect, count, &done, error);
	/* When nothing was decided, the fault speaks for all. */
	if (fault == FAULT_BUG || (fault != FAULT_NONE && done == 0))
		return fault;
	for (size_t i = done; i < count; i++)
		verdict_set(&verdicts[rows->rows[i].index], fault, NULL,
			    error->text);
	share_fate(rows, twins);
	return FAULT_NONE;
}
