#ifndef CONFAB_CTL_DEMO_H
#define CONFAB_CTL_DEMO_H

#include "ctl/verbs.h"

/* Walks through the API, each request as a curl command with its answer. */
enum ctl_exit demo_run(struct ctl *ctl);

#endif
