#ifndef CONFAB_CTL_RESET_H
#define CONFAB_CTL_RESET_H

#include <stdbool.h>

#include "common/fault.h"
#include "ctl/verbs.h"

/* Asks, then leaves an empty, migrated system. */
enum ctl_exit reset_run(struct ctl *ctl);
/* The same, then posts the sample data. */
enum ctl_exit reset_run_and_seed(struct ctl *ctl);

/*
 * The work of it, without the question: tables, queues, Redis' keys and the
 * index are empty. False: a sentence was printed, and it may be called again.
 */
bool reset_empty(struct ctl *ctl) __attribute__((warn_unused_result));
/* Redis' keys alone. */
MUST_CHECK enum fault reset_keys(struct ctl *ctl, struct error *error);

#endif
