#include "api/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "api/cors.h"
#include "common/fault.h"

#define FIELD(name) offsetof(struct api_config, name)

const struct config_option api_config_options[] = {
	{ "PORT", CONFIG_NUMBER, FIELD(port), "3000", 1, 65535, NULL, false,
	  "TCP port of the API" },
	{ "CONFAB_LISTEN", CONFIG_TEXT, FIELD(listen), "127.0.0.1", 0, 0, NULL,
	  false, "address to listen on, 0.0.0.0 or :: for all" },
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
	{ "DATABASE_TLS", CONFIG_CHOICE, FIELD(database_tls), "off", 0, 0,
	  "off|on", false, "TLS to the database, certificate checked" },
	{ "DATABASE_POOL", CONFIG_NUMBER, FIELD(database_pool), "8", 1, 256,
	  NULL, false, "database connections of the API, a thread each" },
	{ "DATABASE_READERS", CONFIG_NUMBER, FIELD(database_readers), "2", 1,
	  64, NULL, false,
	  "further ones that look up single rows, many in a statement" },
	{ "REDIS_URL", CONFIG_URL, FIELD(redis_url), "redis://127.0.0.1:6379/0",
	  0, 0, "redis|rediss", false, "Redis that holds the numbers" },
	{ "RABBITMQ_URL", CONFIG_URL, FIELD(rabbitmq_url),
	  "amqp://guest:guest@127.0.0.1:5672/%2f", 0, 0, "amqp|amqps", false,
	  "RabbitMQ" },
	{ "ELASTICSEARCH_URL", CONFIG_URL, FIELD(elasticsearch_url), "", 0, 0,
	  "http|https", false, "Elasticsearch; empty: SQL searches" },
	{ "CONFAB_OPERATOR_KEY", CONFIG_TEXT, FIELD(operator_key), "", 0, 0,
	  NULL, true, "key of the system-wide routes; empty: nobody has it" },
	{ "CONFAB_CORS_ORIGINS", CONFIG_TEXT, FIELD(cors_origins), "", 0, 0,
	  NULL, false,
	  "origins whose pages may call the API, or *; empty: none" },
	{ "CONFAB_THREADS", CONFIG_NUMBER, FIELD(threads), "2", 1, 64, NULL,
	  false, "threads that serve connections" },
	{ "CONFAB_CONNECTIONS", CONFIG_NUMBER, FIELD(connections), "10000", 16,
	  1000000, NULL, false, "connections at once" },
	{ "CONFAB_BATCH_EVENTS", CONFIG_NUMBER, FIELD(batch_events), "256", 1,
	  4096, NULL, false, "events at most in one group commit" },
	{ "CONFAB_BATCHES_IN_FLIGHT", CONFIG_NUMBER, FIELD(batches_in_flight),
	  "8", 1, 64, NULL, false, "broker messages that await their confirm" },
	{ "CONFAB_TRACE_RATE", CONFIG_NUMBER, FIELD(trace_rate), "20", 0,
	  100000, NULL, false,
	  "requests a second with an id of the client's that the logs tell "
	  "of" },
	{ "CONFAB_LOG_FORMAT", CONFIG_CHOICE, FIELD(log_format), "text", 0, 0,
	  "text|json", false, "form of the log" },
	{ "CONFAB_LOG_LEVEL", CONFIG_CHOICE, FIELD(log_level), "info", 0, 0,
	  "debug|info|warning|error", false, "least level that is logged" },
	{ NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false, NULL },
};

static bool standard(const char *argument)
{
	return strcmp(argument, "--check-config") == 0 ||
	       strcmp(argument, "--print-config") == 0 ||
	       strcmp(argument, "--version") == 0 ||
	       strcmp(argument, "--help") == 0;
}

static bool read_role(int argc, char **argv, struct api_config *config)
{
	config->ingest = false;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--role=ingest") == 0) {
			config->ingest = true;
		} else if (strcmp(argv[i], "--role=api") == 0) {
			config->ingest = false;
		} else if (!standard(argv[i])) {
			fprintf(stderr,
				"confab-api: unknown argument %s; see "
				"--help.\n",
				argv[i]);
			return false;
		}
	}
	return true;
}

/* Not loaded when the command line only wanted a text. */
static bool origins_are_valid(const struct api_config *config)
{
	if (!config->cors_origins || cors_list_valid(config->cors_origins))
		return true;
	fputs("CONFAB_CORS_ORIGINS must be * or origins with commas between "
	      "them, each scheme://host or scheme://host:port in lower case "
	      "and without a path.\n",
	      stderr);
	return false;
}

int api_config_load(int argc, char **argv, struct api_config *config)
{
	int code;

	if (!read_role(argc, argv, config))
		return EXIT_USAGE;
	code = config_command_line(argc, argv, "confab-api",
				   "usage: confab-api [--role=api|ingest] "
				   "[OPTION]",
				   api_config_options, config, true);
	return origins_are_valid(config) ? code : EXIT_USAGE;
}
