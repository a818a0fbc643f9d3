#ifndef CONFAB_CTL_SEED_H
#define CONFAB_CTL_SEED_H

#include "ctl/verbs.h"

/* Posts the sample data, unless there is an application already. */
enum ctl_exit seed_run(struct ctl *ctl);

#endif
