#ifndef CONFAB_PERSISTER_CONFIG_H
#define CONFAB_PERSISTER_CONFIG_H

#include <stdint.h>

#include "common/config.h"

struct persister_config {
	const char *database_host, *database_name;
	const char *database_username, *database_password;
	const char *rabbitmq_url;
	const char *metrics_listen, *log_format, *log_level;
	int64_t database_port;
	int64_t batch_events, prefetch;
};

extern const struct config_option persister_config_options[];

#endif
