#ifndef CONFAB_CTL_QUEUES_H
#define CONFAB_CTL_QUEUES_H

#include <stdbool.h>

#include "ctl/broker.h"
#include "ctl/verbs.h"

/* Shows the four queues. */
enum ctl_exit queues_run(struct ctl *ctl);
/* A table, or a JSON array (null when they cannot be read). CTL_FAILED then,
 * and when one is missing; a sentence was printed. */
enum ctl_exit queues_print(struct ctl *ctl, bool json,
			   struct broker_queue queues_r[BROKER_QUEUES]);

#endif
