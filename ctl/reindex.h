#ifndef CONFAB_CTL_REINDEX_H
#define CONFAB_CTL_REINDEX_H

#include "ctl/verbs.h"

/*
 * Builds the search index anew from the rows and exchanges it, while everybody
 * writes and searches. What was interrupted goes on where it was. Why no
 * message can be missing afterwards is in docs/search.md.
 */
enum ctl_exit reindex_run(struct ctl *ctl);

#endif
