#ifndef CONFAB_INDEXER_CONFIG_H
#define CONFAB_INDEXER_CONFIG_H

#include "common/worker.h"

struct indexer_config {
	struct worker_config worker;
	const char *elasticsearch_url;
};

extern const struct config_option indexer_config_options[];

#endif
