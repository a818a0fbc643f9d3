#include "indexer/config.h"

const struct config_option indexer_config_options[] = {
	WORKER_OPTIONS(struct indexer_config, "127.0.0.1:9103", "2000", "40"),
	{ "ELASTICSEARCH_URL", CONFIG_URL,
	  offsetof(struct indexer_config, elasticsearch_url), "", 0, 0,
	  "http|https", false,
	  "Elasticsearch or OpenSearch; empty: events are dropped" },
	{ NULL, CONFIG_TEXT, 0, NULL, 0, 0, NULL, false, NULL },
};
