#include "persister/persister.h"

#include <stdlib.h>

#include "common/amqp.h"
#include "common/sql.h"
#include "persister/drain.h"
#include "persister/rows.h"

/* Together under the broker's patience with a consumer that is silent. */
#define CONNECT_S 3
#define READ_S 8
#define BATCH_BYTES (2u * 1024u * 1024u)

struct persister {
	const struct persister_config *config;
	struct sql *sql;
	struct rows *rows;
	struct drain *drain;
};

static struct sql *new_sql(const struct persister_config *config)
{
	const struct sql_settings settings = {
		.host = config->database_host,
		.user = config->database_username,
		.password = config->database_password,
		.database = config->database_name,
		.port = (uint16_t)config->database_port,
		.connect_timeout_s = CONNECT_S,
		.read_timeout_s = READ_S,
	};

	return sql_new(&settings);
}

struct persister *persister_new(const struct persister_config *config)
{
	struct persister *persister = calloc(1, sizeof(*persister));

	if (!persister)
		return NULL;
	persister->config = config;
	persister->sql = new_sql(config);
	if (persister->sql) {
		persister->rows = rows_new(persister->sql, config->rabbitmq_url,
					   (size_t)config->batch_events);
		persister->drain =
			drain_new(persister->sql, config->rabbitmq_url);
	}
	if (!persister->rows || !persister->drain)
		persister_free(&persister);
	return persister;
}

void persister_free(struct persister **persister)
{
	struct persister *old = *persister;

	if (!old)
		return;
	drain_free(&old->drain);
	rows_free(&old->rows);
	sql_free(&old->sql);
	free(old);
	*persister = NULL;
}

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

int persister_run(struct persister *persister, volatile sig_atomic_t *stop)
{
	const struct persister_config *config = persister->config;
	const struct sink sink = {
		.name = "confab-persister",
		.queue = AMQP_QUEUE_PERSIST,
		.context = persister,
		.write = write_events,
		.tick = tick,
		.tick_ms = DRAIN_TICK_MS,
		.stay_away = stay_away,
		.batch_events = (size_t)config->batch_events,
		.batch_bytes = BATCH_BYTES,
	};
	const struct consumer_settings settings = {
		.rabbitmq_url = config->rabbitmq_url,
		.prefetch = (uint16_t)config->prefetch,
		.sql = persister->sql,
	};

	return consumer_run(&sink, &settings, stop);
}
