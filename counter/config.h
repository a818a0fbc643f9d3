#ifndef CONFAB_COUNTER_CONFIG_H
#define CONFAB_COUNTER_CONFIG_H

#include "common/worker.h"

struct counter_config {
	struct worker_config worker;
	int64_t flush_ms, reconcile_minutes;
};

extern const struct config_option counter_config_options[];

#endif
