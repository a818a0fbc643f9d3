#ifndef CONFAB_CTL_REINDEX_H
#define CONFAB_CTL_REINDEX_H

#include "ctl/verbs.h"

/* Builds the search index anew from the rows and exchanges it. */
enum ctl_exit reindex_run(struct ctl *ctl);

#endif
