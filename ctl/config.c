#include "ctl/config.h"

#define FIELD(name) offsetof(struct settings, name)

/* Nothing is required here: a verb asks for what it needs. */
const struct config_option settings_options[] = {
	{ .name = "DATABASE_HOST",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(database_host),
	  .preset = "",
	  .help = "host of MariaDB or MySQL, or the path of its socket" },
	{ .name = "DATABASE_PORT",
	  .type = CONFIG_NUMBER,
	  .offset = FIELD(database_port),
	  .preset = "3306",
	  .min = 1,
	  .max = 65535,
	  .help = "its port" },
	{ .name = "DATABASE_NAME",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(database_name),
	  .preset = "confab",
	  .help = "the database" },
	{ .name = "DATABASE_USERNAME",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(database_username),
	  .preset = "confab",
	  .help = "a login that may create tables" },
	{ .name = "DATABASE_PASSWORD",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(database_password),
	  .preset = "",
	  .secret = true,
	  .help = "its password" },
	{ .name = "DATABASE_TLS",
	  .type = CONFIG_CHOICE,
	  .offset = FIELD(database_tls),
	  .preset = "off",
	  .choices = "off|on",
	  .help = "TLS to the database, certificate checked" },
	{ .name = "REDIS_URL",
	  .type = CONFIG_URL,
	  .offset = FIELD(redis_url),
	  .preset = "",
	  .choices = "redis|rediss",
	  .help = "redis://[user:password@]host:port[/database]" },
	{ .name = "RABBITMQ_URL",
	  .type = CONFIG_URL,
	  .offset = FIELD(rabbitmq_url),
	  .preset = "",
	  .choices = "amqp|amqps",
	  .help = "amqp://user:password@host:port/" },
	{ .name = "RABBITMQ_MANAGEMENT_URL",
	  .type = CONFIG_URL,
	  .offset = FIELD(rabbitmq_management_url),
	  .preset = "",
	  .choices = "http|https",
	  .help = "http://user:password@host:port" },
	{ .name = "ELASTICSEARCH_URL",
	  .type = CONFIG_URL,
	  .offset = FIELD(elasticsearch_url),
	  .preset = "",
	  .choices = "http|https",
	  .help = "http://host:port; empty when there is no search engine" },
	{ .name = "CONFAB_API_URL",
	  .type = CONFIG_URL,
	  .offset = FIELD(api_url),
	  .preset = "",
	  .choices = "http|https",
	  .help = "where the API listens, http://host:port" },
	{ .name = "CONFAB_INGEST_URL",
	  .type = CONFIG_URL,
	  .offset = FIELD(ingest_url),
	  .preset = "",
	  .choices = "http|https",
	  .help = "where the ingest role listens, if it runs" },
	{ .name = "CONFAB_OPERATOR_KEY",
	  .type = CONFIG_TEXT,
	  .offset = FIELD(operator_key),
	  .preset = "",
	  .secret = true,
	  .help = "the key for the lists of every tenant" },
	{ 0 }
};

static const struct {
	unsigned need;
	const char *variable;
	size_t offset;
} needed[] = {
	{ NEED_DATABASE, "DATABASE_HOST", FIELD(database_host) },
	{ NEED_REDIS, "REDIS_URL", FIELD(redis_url) },
	{ NEED_RABBITMQ, "RABBITMQ_URL", FIELD(rabbitmq_url) },
	{ NEED_MANAGEMENT, "RABBITMQ_MANAGEMENT_URL",
	  FIELD(rabbitmq_management_url) },
	{ NEED_API, "CONFAB_API_URL", FIELD(api_url) },
	{ NEED_SEARCH, "ELASTICSEARCH_URL", FIELD(elasticsearch_url) },
};

bool settings_suffice(const struct settings *settings, unsigned needs,
		      const char *verb, FILE *errors)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *const *value =
			(const char *const *)((const char *)settings +
					      needed[i].offset);

		if ((needs & needed[i].need) == 0 || **value != '\0')
			continue;
		fprintf(errors,
			"confabctl: %s needs %s, which is not set; "
			"load the settings of the running system first, "
			"e.g. with: set -a; . var/run.env\n",
			verb, needed[i].variable);
		return false;
	}
	return true;
}
