#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "api/config.h"
#include "api/pulse.h"
#include "api/server.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/notify.h"

/* The threads inherit the mask; only main takes the signals. */
static void block_signals(sigset_t *set_r)
{
	sigemptyset(set_r);
	sigaddset(set_r, SIGTERM);
	sigaddset(set_r, SIGINT);
	pthread_sigmask(SIG_BLOCK, set_r, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Returns the signal to stop. */
static int look_after(const struct server *server, const sigset_t *signals)
{
	const struct timespec second = { 1, 0 };
	struct pulse pulse = PULSE_INIT;
	int number;

	notify_init();
	while ((number = sigtimedwait(signals, NULL, &second)) < 0)
		if (notify_wanted() && server_is_alive(server) &&
		    pulse_feel(&pulse, server->config))
			notify_turn(server_takes_creates(server));
	notify_stopping();
	return number;
}

static int serve(const struct api_config *config)
{
	struct server *server;
	sigset_t signals;
	int number;

	block_signals(&signals);
	server = server_new(config);
	if (!server)
		return EXIT_TEMPORARY;
	log_event(LOG_INFO, "listening", LOG_TEXT("address", config->listen),
		  LOG_NUMBER("port", config->port));
	number = look_after(server, &signals);
	log_event(LOG_INFO, "stopping", LOG_NUMBER("signal", number));
	server_free(&server);
	log_event(LOG_INFO, "stopped");
	return EXIT_STOPPED;
}

int main(int argc, char **argv)
{
	struct api_config config = { 0 };
	int code = api_config_load(argc, argv, &config);

	if (code >= 0)
		return code;
	log_init(config.ingest ? "confab-ingest" : "confab-api",
		 log_level_parse(config.log_level),
		 strcmp(config.log_format, "json") == 0);
	if (!sql_library_init() || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return EXIT_TEMPORARY;
	code = serve(&config);
	curl_global_cleanup();
	sql_library_release();
	return code;
}
