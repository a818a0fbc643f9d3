#include "persister/persister.h"

#include "common/amqp.h"
#include "common/clock.h"
#include "persister/drain.h"
#include "persister/rows.h"
#include "persister/store.h"

#define BATCH_BYTES (2u * 1024u * 1024u)

/* Without the database for so long, it gives back what it holds. */
#define PATIENCE_MS 20000
/* After that, the database lets go of what a stopped process holds: the lock
 * of a drain, the rows of a transaction. A tick comes far more often. */
#define IDLE_TIMEOUT_S 30

struct persister {
	struct rows *rows;
	struct drain *drain;
	int64_t failing_since_ms; /* ticks do; 0: the last one did not */
};

static enum fault write_events(void *context, const struct event *const *events,
			       size_t n, struct verdict *verdicts,
			       struct error *error)
{
	struct persister *persister = context;

	return rows_write(persister->rows, events, n, verdicts, error);
}

static enum fault tick(void *context, struct error *error)
{
	struct persister *persister = context;
	enum fault fault = drain_tick(persister->drain, error);

	if (fault == FAULT_NONE)
		persister->failing_since_ms = 0;
	else if (persister->failing_since_ms == 0)
		persister->failing_since_ms = clock_monotonic_ms();
	return fault;
}

/* Another persister may have the database, and would store later events while
 * those in hand here make holes that readers wait at. */
static bool stay_away(void *context)
{
	const struct persister *persister = context;
	int64_t since_ms = persister->failing_since_ms;

	return drain_stay_away(persister->drain) ||
	       (since_ms != 0 && clock_monotonic_ms() - since_ms > PATIENCE_MS);
}

int persister_run(const struct persister_config *config,
		  volatile sig_atomic_t *stop)
{
	const struct worker_config *worker = &config->worker;
	struct sql_settings settings = worker_sql_settings(worker);
	struct sql *sql;
	struct persister persister = { NULL, NULL, 0 };
	const struct sink sink = {
		.name = "persister",
		.queue = AMQP_QUEUE_PERSIST,
		.context = &persister,
		.write = write_events,
		.types = ~(1u << EVENT_MESSAGE_UPDATED),
		.done = "stored",
		.tick = tick,
		.tick_ms = DRAIN_TICK_MS,
		.stay_away = stay_away,
		.batch_bytes = BATCH_BYTES,
	};
	int code;

	settings.idle_timeout_s = IDLE_TIMEOUT_S;
	sql = sql_new(&settings);
	if (sql) {
		persister.rows = rows_new(sql, worker->rabbitmq_url,
					  (size_t)worker->batch_events);
		persister.drain = drain_new(sql, worker->rabbitmq_url);
	}
	code = persister.rows && persister.drain
		       ? worker_run(worker, &sink, sql, store_metrics, stop)
		       : worker_fail("persister", "out of memory");
	drain_free(&persister.drain);
	rows_free(&persister.rows);
	sql_free(&sql);
	return code;
}
