#ifndef CONFAB_CTL_SEED_WAIT_H
#define CONFAB_CTL_SEED_WAIT_H

#include <stdbool.h>

struct ctl;

/* Waits until the API accepts creates, up to a minute. False: it does not; a
 * sentence was printed. */
bool seed_wait_ready(struct ctl *ctl) __attribute__((warn_unused_result));

/*
 * Waits until the sample data is stored, then until it is counted and
 * searchable. False: not all of it is stored; a sentence was printed. The
 * other two are worth a sentence only: they come by themselves.
 */
bool seed_wait_stored(struct ctl *ctl) __attribute__((warn_unused_result));

#endif
