#ifndef CONFAB_CTL_LAGS_H
#define CONFAB_CTL_LAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"
#include "ctl/broker.h"

struct ctl;

/*
 * How far the workers are behind what was accepted: 0 while a queue is empty,
 * else the time from all that is known to be done (see common/progress.h) to
 * now, which is some seconds too much when a worker was idle before.
 */
struct lag {
	const char *name;    /* static: "stored_lag_seconds" */
	const char *meaning; /* static */
	bool known;	     /* false: no worker has ever said anything */
	uint64_t seconds;
};

enum { LAGS = 3 };

MUST_CHECK enum fault lags_read(struct ctl *ctl,
				const struct broker_queue queues[BROKER_QUEUES],
				struct lag lags_r[LAGS], struct error *error);

#endif
