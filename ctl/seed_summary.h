#ifndef CONFAB_CTL_SEED_SUMMARY_H
#define CONFAB_CTL_SEED_SUMMARY_H

#include "ctl/verbs.h"

/* Lists the first five applications. */
enum ctl_exit seed_summary_run(struct ctl *ctl);
/* The same for people, and a last line "token=..." with the first one's. */
enum ctl_exit seed_summary_print(struct ctl *ctl);

#endif
