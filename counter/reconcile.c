#include "counter/reconcile.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/counts.h"
#include "common/log.h"

#define MINUTE_MS INT64_C(60000)
/* After getting the lock; what is behind at a start is counted meanwhile. */
#define FIRST_MS MINUTE_MS
/* How often a counter without the lock asks for it. */
#define ASK_MS MINUTE_MS

/* The session's, so it ends with the connection. Names are the server's, not
 * the database's. */
static const char get_lock[] =
	"SELECT GET_LOCK(LEFT(CONCAT('confab.reconcile.', DATABASE()), 64), 0)";

struct metric_series reconcile_runs = { .labels = "" };
struct metric_series reconcile_corrected = { .labels = "" };

struct reconcile {
	struct sql *sql;
	struct counts *counts;
	int64_t interval_ms;
	uint64_t session; /* whose lock we hold; 0: none */
	int64_t ask_at, run_at;
	int64_t started_at; /* 0: no run is under way */
};

struct reconcile *reconcile_new(struct sql *sql, int64_t minutes)
{
	struct reconcile *reconcile = calloc(1, sizeof(*reconcile));

	if (reconcile == NULL)
		return NULL;
	reconcile->sql = sql;
	reconcile->interval_ms = minutes * MINUTE_MS;
	reconcile->counts = counts_new(sql);
	if (reconcile->counts == NULL)
		reconcile_free(&reconcile);
	return reconcile;
}

void reconcile_free(struct reconcile **reconcile)
{
	if (*reconcile != NULL)
		counts_free(&(*reconcile)->counts);
	free(*reconcile);
	*reconcile = NULL;
}

static bool take_answer(void *context, const struct sql_value *columns,
			size_t count)
{
	bool *got = context;

	/* NULL: the server could not say */
	*got = count == 1 && columns[0].type == SQL_I64 &&
	       columns[0].as.i64 == 1;
	return false;
}

static bool holds_lock(const struct reconcile *reconcile)
{
	return reconcile->session != 0 &&
	       reconcile->session == sql_sessions(reconcile->sql);
}

static enum fault ask_for_lock(struct reconcile *reconcile, int64_t now_ms,
			       struct error *error)
{
	bool got = false;
	enum fault fault;

	reconcile->ask_at = now_ms + ASK_MS;
	fault = sql_run(reconcile->sql, get_lock, NULL, 0, take_answer, &got,
			NULL, error);
	if (fault != FAULT_NONE || !got)
		return fault;
	/* After a reconnect it goes on where it was. */
	if (reconcile->session == 0)
		reconcile->run_at = now_ms + FIRST_MS;
	reconcile->session = sql_sessions(reconcile->sql);
	return FAULT_NONE;
}

static void finish(struct reconcile *reconcile, int64_t now_ms)
{
	const struct counts_progress *seen = counts_progress(reconcile->counts);

	metric_add(&reconcile_runs, 1);
	metric_add(&reconcile_corrected, seen->corrected);
	log_event(seen->corrected > 0 ? LOG_WARNING : LOG_INFO, "reconciled",
		  LOG_NUMBER("applications", seen->applications),
		  LOG_NUMBER("chats", seen->chats),
		  LOG_NUMBER("messages", seen->rows),
		  LOG_NUMBER("corrected", seen->corrected),
		  LOG_NUMBER("ms", now_ms - reconcile->started_at));
	reconcile->run_at = reconcile->started_at + reconcile->interval_ms;
	reconcile->started_at = 0;
}

enum fault reconcile_work(struct reconcile *reconcile, int64_t until_ms,
			  struct error *error)
{
	int64_t now_ms = clock_monotonic_ms();
	enum fault fault = FAULT_NONE;
	bool done = false;

	if (reconcile->interval_ms == 0)
		return FAULT_NONE;
	if (!holds_lock(reconcile) && now_ms >= reconcile->ask_at)
		fault = ask_for_lock(reconcile, now_ms, error);
	if (fault != FAULT_NONE || !holds_lock(reconcile) ||
	    now_ms < reconcile->run_at)
		return fault;
	if (reconcile->started_at == 0)
		reconcile->started_at = now_ms;
	while (fault == FAULT_NONE && !done && clock_monotonic_ms() < until_ms)
		fault = counts_step(reconcile->counts, &done, error);
	if (done)
		finish(reconcile, clock_monotonic_ms());
	return fault;
}
