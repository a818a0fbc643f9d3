#include "counter/counter.h"

#include "common/amqp.h"
#include "counter/dirty.h"
#include "counter/flush.h"

#define BATCH_BYTES (2u * 1024u * 1024u)

struct counter {
	struct dirty *dirty;
	struct flush *flush;
};

static struct metric_series counted[EVENT_TYPES] = {
	[EVENT_CHAT_CREATED] = { .labels = "type=\"chat.created\"" },
	[EVENT_CHAT_VOIDED] = { .labels = "type=\"chat.voided\"" },
	[EVENT_MESSAGE_CREATED] = { .labels = "type=\"message.created\"" },
	[EVENT_MESSAGE_UPDATED] = { .labels = "type=\"message.updated\"" },
	[EVENT_MESSAGE_VOIDED] = { .labels = "type=\"message.voided\"" },
};
static struct metric_series flushed = { .labels = "" };

static const struct metric_family families[] = {
	{ "confab_events_counted_total", "Events that counts know of.",
	  METRIC_COUNTER, counted, NULL, EVENT_TYPES },
	{ "confab_parents_counted_total",
	  "Chats and applications whose count was brought up to date.",
	  METRIC_COUNTER, &flushed, NULL, 1 },
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

static enum fault tick(void *context, struct error *error)
{
	struct counter *counter = context;
	size_t taken = 0;
	enum fault fault;

	do {
		fault = flush_run(counter->flush, &taken, error);
		if (fault == FAULT_NONE)
			metric_add(&flushed, taken);
	} while (fault == FAULT_NONE && taken == FLUSH_PARENTS);
	return fault;
}

int counter_run(const struct counter_config *config,
		volatile sig_atomic_t *stop)
{
	struct sql_settings settings = worker_sql_settings(&config->worker);
	struct sql *sql = sql_new(&settings);
	struct counter counter = { NULL, NULL };
	const struct sink sink = {
		.name = "counter",
		.queue = AMQP_QUEUE_COUNT,
		.context = &counter,
		.write = write_events,
		.tick = tick,
		.tick_ms = (int)config->flush_ms,
		.batch_bytes = BATCH_BYTES,
	};
	int code;

	if (sql) {
		counter.dirty =
			dirty_new(sql, (size_t)config->worker.batch_events);
		counter.flush = flush_new(sql);
	}
	code = counter.dirty && counter.flush ?
		       worker_run(&config->worker, &sink, sql, families,
				  stop) :
		       worker_fail("counter", "out of memory");
	sql_free(&sql);
	dirty_free(&counter.dirty);
	flush_free(&counter.flush);
	return code;
}
