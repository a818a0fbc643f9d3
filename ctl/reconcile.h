#ifndef CONFAB_CTL_RECONCILE_H
#define CONFAB_CTL_RECONCILE_H

#include "ctl/verbs.h"

/* Counts the rows again. */
enum ctl_exit reconcile_run(struct ctl *ctl);

#endif
