#include "counter/counter.h"

#include "common/amqp.h"
#include "common/clock.h"
#include "counter/dirty.h"
#include "counter/flush.h"
#include "counter/reconcile.h"

#define BATCH_BYTES (2u * 1024u * 1024u)

/* Of one tick: events wait meanwhile, and the broker wants to hear of us. */
#define FLUSH_MS 1000
#define RECONCILE_MS 200

struct counter {
	struct dirty *dirty;
	struct flush *flush;
	struct reconcile *reconcile;
};

static struct metric_series counted[EVENT_TYPES] = {
	[EVENT_CHAT_CREATED] = { .labels = "type=\"chat.created\"" },
	[EVENT_CHAT_VOIDED] = { .labels = "type=\"chat.voided\"" },
	[EVENT_MESSAGE_CREATED] = { .labels = "type=\"message.created\"" },
	[EVENT_MESSAGE_UPDATED] = { .labels = "type=\"message.updated\"" },
	[EVENT_MESSAGE_VOIDED] = { .labels = "type=\"message.voided\"" },
};
static struct metric_series flushed = { .labels = "" };
static struct metric_histogram flush_seconds = { .labels = "" };

static const struct metric_family families[] = {
	{ "confab_events_counted_total", "Events that counts know of.",
	  METRIC_COUNTER, counted, NULL, EVENT_TYPES },
	{ "confab_parents_counted_total",
	  "Chats and applications whose count was brought up to date.",
	  METRIC_COUNTER, &flushed, NULL, 1 },
	{ "confab_count_flush_seconds",
	  "How long a transaction of counts took.", METRIC_HISTOGRAM, NULL,
	  &flush_seconds, 1 },
	{ "confab_count_due_seconds",
	  "How long a count that has changed was due when it was written.",
	  METRIC_HISTOGRAM, NULL, &flush_due_seconds, 1 },
	{ "confab_reconciles_total",
	  "Times that this counter took all counts from the rows.",
	  METRIC_COUNTER, &reconcile_runs, NULL, 1 },
	{ "confab_counts_corrected_total", "Counts that were wrong then.",
	  METRIC_COUNTER, &reconcile_corrected, NULL, 1 },
	{ NULL, NULL, METRIC_COUNTER, NULL, NULL, 0 },
};

static enum fault write_events(void *context, const struct event *const *events,
			       size_t n, struct verdict *verdicts,
			       struct error *error)
{
	struct counter *counter = context;
	enum fault fault = dirty_mark(counter->dirty, events, n, error);

	(void)verdicts;
	for (size_t i = 0; i < n && fault == FAULT_NONE; i++)
		metric_add(&counted[events[i]->type], 1);
	return fault;
}

static enum fault flush_due(struct counter *counter, int64_t until_ms,
			    struct error *error)
{
	size_t taken = FLUSH_PARENTS;
	enum fault fault = FAULT_NONE;

	while (fault == FAULT_NONE && taken == FLUSH_PARENTS &&
	       clock_monotonic_ms() < until_ms) {
		int64_t started_us = clock_monotonic_us();

		fault = flush_run(counter->flush, &taken, error);
		if (fault != FAULT_NONE)
			break;
		metric_add(&flushed, taken);
		if (taken > 0)
			metric_observe(&flush_seconds,
				       clock_monotonic_us() - started_us);
	}
	return fault;
}

static enum fault tick(void *context, struct error *error)
{
	struct counter *counter = context;
	int64_t now_ms = clock_monotonic_ms();
	enum fault fault = flush_due(counter, now_ms + FLUSH_MS, error);

	if (fault != FAULT_NONE)
		return fault;
	return reconcile_work(counter->reconcile,
			      clock_monotonic_ms() + RECONCILE_MS, error);
}

static bool init(struct counter *counter, const struct counter_config *config,
		 struct sql *sql)
{
	counter->dirty = dirty_new(sql, (size_t)config->worker.batch_events);
	counter->flush = flush_new(sql);
	counter->reconcile = reconcile_new(sql, config->reconcile_minutes);
	return counter->dirty != NULL && counter->flush != NULL &&
	       counter->reconcile != NULL;
}

/* Texts of statements live in the parts: they go after the connection. */
static void release(struct counter *counter, struct sql **sql)
{
	sql_free(sql);
	dirty_free(&counter->dirty);
	flush_free(&counter->flush);
	reconcile_free(&counter->reconcile);
}

int counter_run(const struct counter_config *config,
		volatile sig_atomic_t *stop)
{
	struct sql_settings settings = worker_sql_settings(&config->worker);
	struct sql *sql = sql_new(&settings);
	struct counter counter = { NULL, NULL, NULL };
	const struct sink sink = {
		.name = "counter",
		.queue = AMQP_QUEUE_COUNT,
		.context = &counter,
		.write = write_events,
		.types = ~(1u << EVENT_MESSAGE_UPDATED),
		.done = "counted",
		.tick = tick,
		.tick_ms = (int)config->flush_ms,
		.batch_bytes = BATCH_BYTES,
	};
	int code;

	if (sql != NULL && init(&counter, config, sql))
		code = worker_run(&config->worker, &sink, sql, families, stop);
	else
		code = worker_fail("counter", "out of memory");
	release(&counter, &sql);
	return code;
}
