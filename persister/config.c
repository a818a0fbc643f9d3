#include "persister/config.h"

#include <stddef.h>

#define FIELD(name) offsetof(struct persister_config, name)

const struct config_option persister_config_options[] = {
	{ "DATABASE_HOST", CONFIG_TEXT, FIELD(database_host), "127.0.0.1", 0, 0,
	  NULL, false, "MariaDB or MySQL host" },
	{ "DATABASE_PORT", CONFIG_NUMBER, FIELD(database_port), "3306", 1,
	  65535, NULL, false, "MariaDB or MySQL port" },
	{ "DATABASE_NAME", CONFIG_TEXT, FIELD(database_name), "confab", 0, 0,
	  NULL, false, "database" },
	{ "DATABASE_USERNAME", CONFIG_TEXT, FIELD(database_username), "confab",
	  0, 0, NULL, false, "database user" },
	{ "DATABASE_PASSWORD", CONFIG_TEXT, FIELD(database_password), "", 0, 0,
	  NULL, true, "database password" },
	{ "RABBITMQ_URL", CONFIG_URL, FIELD(rabbitmq_url),
	  "amqp://guest:guest@127.0.0.1:5672/%2f", 0, 0, "amqp|amqps", false,
	  "RabbitMQ" },
	{ "CONFAB_METRICS_LISTEN", CONFIG_TEXT, FIELD(metrics_listen),
	  "127.0.0.1:9102", 0, 0, NULL, false,
	  "address:port of /metrics, /up and /ready" },
	{ "CONFAB_BATCH_EVENTS", CONFIG_NUMBER, FIELD(batch_events), "1000", 1,
	  4096, NULL, false, "events at most in one transaction" },
	{ "CONFAB_PREFETCH", CONFIG_NUMBER, FIELD(prefetch), "64", 1, 2000,
	  NULL, false, "AMQP messages at most in hand" },
	{ "CONFAB_LOG_FORMAT", CONFIG_CHOICE, FIELD(log_format), "text", 0, 0,
	  "text|json", false, "form of the log" },
	{ "CONFAB_LOG_LEVEL", CONFIG_CHOICE, FIELD(log_level), "info", 0, 0,
	  "debug|info|warning|error", false, "least level that is logged" },
	{ NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false, NULL },
};
