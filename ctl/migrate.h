#ifndef CONFAB_CTL_MIGRATE_H
#define CONFAB_CTL_MIGRATE_H

#include "ctl/verbs.h"

/* Brings tables and index up to date and says what it did. */
enum ctl_exit migrate_run(struct ctl *ctl);

#endif
