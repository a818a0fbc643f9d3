#include "persister/persister.h"

#include "common/amqp.h"
#include "persister/drain.h"
#include "persister/rows.h"
#include "persister/store.h"

#define BATCH_BYTES (2u * 1024u * 1024u)

struct persister {
	struct rows *rows;
	struct drain *drain;
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

	return drain_tick(persister->drain, error);
}

static bool stay_away(void *context)
{
	const struct persister *persister = context;

	return drain_stay_away(persister->drain);
}

int persister_run(const struct persister_config *config,
		  volatile sig_atomic_t *stop)
{
	const struct worker_config *worker = &config->worker;
	struct sql_settings settings = worker_sql_settings(worker);
	struct sql *sql = sql_new(&settings);
	struct persister persister = { NULL, NULL };
	const struct sink sink = {
		.name = "persister",
		.queue = AMQP_QUEUE_PERSIST,
		.context = &persister,
		.write = write_events,
		.tick = tick,
		.tick_ms = DRAIN_TICK_MS,
		.stay_away = stay_away,
		.batch_bytes = BATCH_BYTES,
	};
	int code;

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
