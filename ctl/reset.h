#ifndef CONFAB_CTL_RESET_H
#define CONFAB_CTL_RESET_H

#include "ctl/verbs.h"

/* Asks, then leaves an empty, migrated system. */
enum ctl_exit reset_run(struct ctl *ctl);
/* The same, then posts the sample data. */
enum ctl_exit reset_run_and_seed(struct ctl *ctl);

#endif
