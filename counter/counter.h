#ifndef CONFAB_COUNTER_COUNTER_H
#define CONFAB_COUNTER_COUNTER_H

#include <signal.h>

#include "common/metrics.h"
#include "counter/config.h"

/*
 * The parts of the daemon, put together: events mark their parents as dirty
 * and are settled, and each tick brings the counts of what is due up to date.
 */

/* Runs until *stop. Returns an exit code. */
int counter_run(const struct counter_config *config,
		volatile sig_atomic_t *stop);

#endif
