#include "common/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/migrations.h"
#include "common/notify.h"
#include "common/progress.h"

/* Each statement must take less than the broker's patience with a silent
 * consumer, 20 s. */
#define CONNECT_TIMEOUT_S 3
#define READ_TIMEOUT_S 6
/* Of the connection that a stop waits for, within its 10 s. */
#define PROGRESS_TIMEOUT_S 2

volatile sig_atomic_t *worker_start(const char *name,
				    const struct worker_config *config)
{
	log_init(name, log_level_parse(config->log_level),
		 strcmp(config->log_format, "json") == 0);
	if (!sql_library_init()) {
		worker_fail("sql", "the client library does not start");
		return NULL;
	}
	log_event(LOG_INFO, "starting", LOG_TEXT("version", CONFAB_VERSION),
		  LOG_TEXT("metrics", config->metrics_listen));
	return consumer_catch_signals();
}

struct sql_settings worker_sql_settings(const struct worker_config *config)
{
	return (struct sql_settings){
		.host = config->database_host,
		.user = config->database_username,
		.password = config->database_password,
		.database = config->database_name,
		.port = (uint16_t)config->database_port,
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.read_timeout_s = READ_TIMEOUT_S,
		.schema = migrations_latest(),
		.tls = strcmp(config->database_tls, "on") == 0,
	};
}

int worker_fail(const char *what, const char *reason)
{
	log_event(LOG_ERROR, "cannot_start", LOG_TEXT("what", what),
		  LOG_TEXT("reason", reason));
	return EXIT_TEMPORARY;
}

static bool is_ready(void *unused)
{
	(void)unused;
	return consumer_ready();
}

/* ---- the service manager ---- */

/* How often it hears of the loop at least; a sink that ticks less often is not
 * to tick more often for that. */
#define TURN_MS 1000

static struct {
	enum fault (*tick)(void *context, struct error *error);
	int64_t tick_ms, tick_at; /* monotonic */
	struct error last;	  /* what came of it */
} told;

/* The consumer calls it between batches: its loop turns. */
static enum fault tick(void *context, struct error *error)
{
	notify_turn(consumer_ready());
	if (told.tick && clock_monotonic_ms() >= told.tick_at) {
		told.last = (struct error)ERROR_INIT;
		told.last.fault = told.tick(context, &told.last);
		told.tick_at = clock_monotonic_ms() + told.tick_ms;
	}
	*error = told.last;
	return told.last.fault;
}

static void tell_turns(struct sink *sink)
{
	notify_init();
	if (!notify_wanted())
		return;
	told.tick = sink->tick;
	told.tick_ms = sink->tick_ms;
	told.tick_at = 0;
	sink->tick = tick;
	if (!told.tick || told.tick_ms > TURN_MS)
		sink->tick_ms = TURN_MS;
	else
		told.tick_ms = 0;
}

static struct progress *start_progress(const struct worker_config *config,
				       const char *queue)
{
	struct sql_settings settings = worker_sql_settings(config);

	settings.connect_timeout_s = PROGRESS_TIMEOUT_S;
	settings.read_timeout_s = PROGRESS_TIMEOUT_S;
	return progress_start(&settings, queue);
}

int worker_run(const struct worker_config *config, const struct sink *sink,
	       struct sql *sql, const struct metric_family *families,
	       volatile sig_atomic_t *stop)
{
	struct metric_family *all =
		consumer_metrics_with(sink->queue, families);
	struct consumer_settings settings = {
		.rabbitmq_url = config->rabbitmq_url,
		.prefetch = (uint16_t)config->prefetch,
		.sql = sql,
		.progress = start_progress(config, sink->queue),
	};
	struct sink bounded = *sink;
	struct metrics_server *server;
	int code;

	if (!all || !settings.progress) {
		progress_stop(&settings.progress);
		free(all);
		return worker_fail("worker", "out of memory or threads");
	}
	bounded.batch_events = (size_t)config->batch_events;
	tell_turns(&bounded);
	server =
		metrics_server_new(config->metrics_listen, all, is_ready, NULL);
	code = server ? consumer_run(&bounded, &settings, stop)
		      : worker_fail(config->metrics_listen, strerror(errno));
	notify_stopping();
	progress_stop(&settings.progress);
	metrics_server_free(&server);
	free(all);
	return code;
}
