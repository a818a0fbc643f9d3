/* confab-persister: the events of the queue confab.persist become rows. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/consumer.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sql.h"
#include "persister/config.h"
#include "persister/persister.h"
#include "persister/store.h"

static void start_log(const struct persister_config *config)
{
	static const char *const levels[] = { "debug", "info", "warning" };
	enum log_level level = LOG_DEBUG;

	while (level < LOG_ERROR &&
	       strcmp(levels[level], config->log_level) != 0)
		level++;
	log_init("persister", level, strcmp(config->log_format, "json") == 0);
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

static int serve(const struct persister_config *config,
		 struct persister *persister, volatile sig_atomic_t *stop)
{
	struct metric_family *families = consumer_metrics_with(store_metrics);
	struct metrics_server *server;
	int code;

	if (!families)
		return fail("metrics", "out of memory");
	server = metrics_server_new(config->metrics_listen, families, is_ready,
				    NULL);
	code = server ? persister_run(persister, stop)
		      : fail(config->metrics_listen, strerror(errno));
	metrics_server_free(&server);
	free(families);
	return code;
}

int main(int argc, char **argv)
{
	struct persister_config config;
	struct persister *persister;
	volatile sig_atomic_t *stop;
	int code =
		config_command_line(argc, argv, "confab-persister",
				    "Stores accepted events as rows.",
				    persister_config_options, &config, false);

	if (code >= 0)
		return code;
	start_log(&config);
	stop = consumer_catch_signals();
	if (!sql_library_init())
		return fail("sql", "the client library does not start");
	persister = persister_new(&config);
	log_event(LOG_INFO, "starting", LOG_TEXT("version", CONFAB_VERSION),
		  LOG_TEXT("metrics", config.metrics_listen));
	code = persister ? serve(&config, persister, stop)
			 : fail("persister", "out of memory");
	persister_free(&persister);
	sql_library_release();
	return code;
}
