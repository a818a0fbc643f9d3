#ifndef CONFAB_CTL_HEALTH_H
#define CONFAB_CTL_HEALTH_H

#include "ctl/verbs.h"

/* A quick look at every part; CTL_FAILED when one is away. */
enum ctl_exit health_run(struct ctl *ctl);

#endif
