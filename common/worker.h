#ifndef CONFAB_COMMON_WORKER_H
#define CONFAB_COMMON_WORKER_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/consumer.h"
#include "common/metrics.h"
#include "common/sql.h"

/*
 * What the mains of the workers share: their settings, their log and their
 * metrics listener around the consumer loop.
 */
struct worker_config {
	const char *database_host, *database_name;
	const char *database_username, *database_password, *database_tls;
	const char *rabbitmq_url;
	const char *metrics_listen, *log_format, *log_level;
	int64_t database_port;
	int64_t batch_events, prefetch;
};

/* The rows of a program's table for its member `worker` (a struct
 * worker_config) of `type`. `listen` is the preset of the metrics listener. */
#define WORKER_OPTION(name, kind, type, member, ...)                           \
	{                                                                      \
		(name), (kind), offsetof(type, worker.member), __VA_ARGS__     \
	}
#define WORKER_OPTIONS(type, listen, events, deliveries)                       \
	WORKER_OPTION("DATABASE_HOST", CONFIG_TEXT, type, database_host,       \
		      "127.0.0.1", 0, 0, NULL, false,                          \
		      "MariaDB or MySQL host"),                                \
		WORKER_OPTION("DATABASE_PORT", CONFIG_NUMBER, type,            \
			      database_port, "3306", 1, 65535, NULL, false,    \
			      "MariaDB or MySQL port"),                        \
		WORKER_OPTION("DATABASE_NAME", CONFIG_TEXT, type,              \
			      database_name, "confab", 0, 0, NULL, false,      \
			      "database"),                                     \
		WORKER_OPTION("DATABASE_USERNAME", CONFIG_TEXT, type,          \
			      database_username, "confab", 0, 0, NULL, false,  \
			      "database user"),                                \
		WORKER_OPTION("DATABASE_PASSWORD", CONFIG_TEXT, type,          \
			      database_password, "", 0, 0, NULL, true,         \
			      "database password"),                            \
		WORKER_OPTION("DATABASE_TLS", CONFIG_CHOICE, type,             \
			      database_tls, "off", 0, 0, "off|on", false,      \
			      "TLS to the database, certificate checked"),     \
		WORKER_OPTION("RABBITMQ_URL", CONFIG_URL, type, rabbitmq_url,  \
			      "amqp://guest:guest@127.0.0.1:5672/%2f", 0, 0,   \
			      "amqp|amqps", false, "RabbitMQ"),                \
		WORKER_OPTION("CONFAB_METRICS_LISTEN", CONFIG_TEXT, type,      \
			      metrics_listen, listen, 0, 0, NULL, false,       \
			      "address:port of /metrics, /up and /ready"),     \
		WORKER_OPTION("CONFAB_BATCH_EVENTS", CONFIG_NUMBER, type,      \
			      batch_events, events, 1, 4096, NULL, false,      \
			      "events at most in one batch"),                  \
		WORKER_OPTION("CONFAB_PREFETCH", CONFIG_NUMBER, type,          \
			      prefetch, deliveries, 1, 2000, NULL, false,      \
			      "AMQP messages at most in hand"),                \
		WORKER_OPTION("CONFAB_LOG_FORMAT", CONFIG_CHOICE, type,        \
			      log_format, "text", 0, 0, "text|json", false,    \
			      "form of the log"),                              \
		WORKER_OPTION("CONFAB_LOG_LEVEL", CONFIG_CHOICE, type,         \
			      log_level, "info", 0, 0,                         \
			      "debug|info|warning|error", false,               \
			      "least level that is logged")

/* Starts the log and the client library of SQL, catches the signals. The flag
 * is set when the process shall stop; NULL: the reason was logged. */
volatile sig_atomic_t *worker_start(const char *name,
				    const struct worker_config *config);
/* How a worker connects; the texts are the configuration's. */
struct sql_settings worker_sql_settings(const struct worker_config *config);
/* Logs why the worker cannot start; returns the exit code. */
int worker_fail(const char *what, const char *reason);
/*
 * Serves /metrics (the consumer's families and `families`), /up and /ready,
 * and runs the sink until *stop. The settings fill sink->batch_events. Returns
 * an exit code.
 */
int worker_run(const struct worker_config *config, const struct sink *sink,
	       struct sql *sql, const struct metric_family *families,
	       volatile sig_atomic_t *stop);

#endif
