#ifndef CONFAB_CTL_CONFIG_H
#define CONFAB_CTL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/config.h"

/* Texts live as long as the process; "" where nothing was set. */
struct settings {
	const char *database_host;
	int64_t database_port;
	const char *database_name;
	const char *database_username;
	const char *database_password;
	const char *database_tls;
	const char *redis_url;
	const char *rabbitmq_url;
	const char *rabbitmq_management_url;
	const char *elasticsearch_url; /* "": there is no search engine */
	const char *api_url;
	const char *ingest_url;
	const char *operator_key;
};

extern const struct config_option settings_options[];

/* What a verb cannot do without. */
enum need {
	NEED_DATABASE = 1,
	NEED_REDIS = 2,
	NEED_RABBITMQ = 4,
	NEED_MANAGEMENT = 8,
	NEED_API = 16,
	NEED_SEARCH = 32
};

/* True when every needed setting is there; else names the first one that is
 * missing on `errors`. */
bool settings_suffice(const struct settings *settings, unsigned needs,
		      const char *verb, FILE *errors)
	__attribute__((warn_unused_result));

#endif
