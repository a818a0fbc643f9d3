/* confab-indexer: the events of the queue confab.index become documents. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/log.h"
#include "common/sql.h"
#include "indexer/config.h"
#include "indexer/documents.h"

#define BATCH_BYTES (4u * 1024u * 1024u)
#define CONNECT_TIMEOUT_S 3
#define READ_TIMEOUT_S 8

static void start_log(const struct indexer_config *config)
{
	static const char *const levels[] = { "debug", "info", "warning" };
	enum log_level level = LOG_DEBUG;

	while (level < LOG_ERROR &&
	       strcmp(levels[level], config->log_level) != 0)
		level++;
	log_init("indexer", level, strcmp(config->log_format, "json") == 0);
}

static int fail(const char *what, const char *reason)
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

static int consume(const struct indexer_config *config,
		   struct documents *documents, struct sql *sql,
		   volatile sig_atomic_t *stop)
{
	const struct sink sink = {
		.name = "indexer",
		.queue = AMQP_QUEUE_INDEX,
		.context = documents,
		.write = documents_write,
		.batch_events = (size_t)config->batch_events,
		.batch_bytes = BATCH_BYTES,
	};
	const struct consumer_settings settings = {
		.rabbitmq_url = config->rabbitmq_url,
		.prefetch = (uint16_t)config->prefetch,
		.sql = sql,
	};

	return consumer_run(&sink, &settings, stop);
}

static int with_metrics(const struct indexer_config *config,
			struct documents *documents, struct sql *sql,
			volatile sig_atomic_t *stop)
{
	struct metric_family *families =
		consumer_metrics_with(documents_metrics);
	struct metrics_server *server;
	int code;

	if (!families)
		return fail("metrics", "out of memory");
	server = metrics_server_new(config->metrics_listen, families, is_ready,
				    NULL);
	code = server ? consume(config, documents, sql, stop) :
			fail(config->metrics_listen, strerror(errno));
	metrics_server_free(&server);
	free(families);
	return code;
}

static int serve(const struct indexer_config *config,
		 volatile sig_atomic_t *stop)
{
	const struct sql_settings settings = {
		.host = config->database_host,
		.user = config->database_username,
		.password = config->database_password,
		.database = config->database_name,
		.port = (uint16_t)config->database_port,
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.read_timeout_s = READ_TIMEOUT_S,
	};
	struct sql *sql = sql_new(&settings);
	struct elastic *elastic = elastic_new(config->elasticsearch_url);
	struct documents *documents = elastic ? documents_new(elastic) : NULL;
	int code = sql && documents ?
			   with_metrics(config, documents, sql, stop) :
			   fail("indexer", "out of memory");

	documents_free(&documents);
	elastic_free(&elastic);
	sql_free(&sql);
	return code;
}

int main(int argc, char **argv)
{
	struct indexer_config config;
	volatile sig_atomic_t *stop;
	int code = config_command_line(argc, argv, "confab-indexer",
				       "Makes accepted messages searchable.",
				       indexer_config_options, &config, false);

	if (code >= 0)
		return code;
	start_log(&config);
	stop = consumer_catch_signals();
	if (!sql_library_init() || !elastic_library_init())
		return fail("libraries", "a client library does not start");
	log_event(LOG_INFO, "starting", LOG_TEXT("version", CONFAB_VERSION),
		  LOG_TEXT("metrics", config.metrics_listen));
	code = serve(&config, stop);
	elastic_library_release();
	sql_library_release();
	return code;
}
