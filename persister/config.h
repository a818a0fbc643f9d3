#ifndef CONFAB_PERSISTER_CONFIG_H
#define CONFAB_PERSISTER_CONFIG_H

#include "common/worker.h"

struct persister_config {
	struct worker_config worker;
};

extern const struct config_option persister_config_options[];

#endif
