#ifndef CONFAB_CTL_STATUS_H
#define CONFAB_CTL_STATUS_H

#include "ctl/verbs.h"

/* All that can be seen of a system from here; CTL_FAILED when a part is away
 * or a figure could not be read. */
enum ctl_exit status_run(struct ctl *ctl);

#endif
