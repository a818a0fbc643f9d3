#include "counter/config.h"

#define FIELD(name) offsetof(struct counter_config, name)

const struct config_option counter_config_options[] = {
	WORKER_OPTIONS(struct counter_config, "127.0.0.1:9104", "1000", "64"),
	{ "CONFAB_COUNT_FLUSH_MS", CONFIG_NUMBER, FIELD(flush_ms), "2000", 50,
	  60000, NULL, false, "how often counts are brought up to date, ms" },
	{ "CONFAB_RECONCILE_MINUTES", CONFIG_NUMBER, FIELD(reconcile_minutes),
	  "60", 0, 10080, NULL, false,
	  "how often all counts are taken from the rows; 0: never" },
	{ NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false, NULL },
};
