/* confab-indexer: the events of the queue confab.index become documents. */

#include "common/amqp.h"
#include "common/log.h"
#include "indexer/config.h"
#include "indexer/documents.h"

#define BATCH_BYTES (4u * 1024u * 1024u)
#define LOOK_MS 2000

static int serve(const struct indexer_config *config,
		 volatile sig_atomic_t *stop)
{
	struct sql_settings settings = worker_sql_settings(&config->worker);
	struct sql *sql = sql_new(&settings);
	bool engine = *config->elasticsearch_url != '\0';
	struct elastic *elastic =
		engine ? elastic_new(config->elasticsearch_url) : NULL;
	struct documents *documents =
		elastic || !engine ? documents_new(elastic) : NULL;
	const struct sink sink = {
		.name = "indexer",
		.queue = AMQP_QUEUE_INDEX,
		.context = documents,
		.write = documents_write,
		.types = 1u << EVENT_MESSAGE_CREATED |
			 1u << EVENT_MESSAGE_UPDATED,
		.done = "indexed",
		.tick = documents_look,
		.tick_ms = LOOK_MS,
		.batch_bytes = BATCH_BYTES,
	};
	int code;

	if (!engine)
		log_event(LOG_INFO, "no_engine",
			  LOG_TEXT("effect", "events are dropped; run "
					     "confabctl reindex when there is "
					     "one"));
	code = sql && documents ? worker_run(&config->worker, &sink, sql,
					     documents_metrics, stop)
				: worker_fail("indexer", "out of memory");

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
	stop = worker_start("indexer", &config.worker);
	if (!stop)
		return EXIT_TEMPORARY;
	if (!elastic_library_init())
		return worker_fail("curl", "the client library does not start");
	code = serve(&config, stop);
	elastic_library_release();
	sql_library_release();
	return code;
}
