#ifndef CONFAB_API_CONFIG_H
#define CONFAB_API_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"

struct api_config {
	const char *database_host, *database_name;
	const char *database_username, *database_password, *database_tls;
	const char *redis_url, *rabbitmq_url, *elasticsearch_url;
	const char *listen, *operator_key, *cors_origins;
	const char *log_format, *log_level;
	int64_t database_port, database_pool, database_readers, port;
	int64_t threads, connections, batch_events, batches_in_flight;
	int64_t trace_rate;
	bool ingest; /* --role=ingest: creates only */
};

extern const struct config_option api_config_options[];

/*
 * The command line, with --role=api|ingest, and the environment. As
 * config_command_line(): -1 to go on, else the code to exit with.
 */
int api_config_load(int argc, char **argv, struct api_config *config);

#endif
