#include "persister/config.h"

const struct config_option persister_config_options[] = {
	WORKER_OPTIONS(struct persister_config, "127.0.0.1:9102", "1000", "64"),
	{ NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false, NULL },
};
