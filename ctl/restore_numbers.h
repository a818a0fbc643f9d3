#ifndef CONFAB_CTL_RESTORE_NUMBERS_H
#define CONFAB_CTL_RESTORE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"

struct ctl;

/*
 * The numbers while the rows are exchanged: the state 'restoring' of the table
 * numbering, in which no API process gives one out, and from which nobody but
 * these goes on (docs/numbers.md). A restore that dies leaves it; another one,
 * or a reset, goes on from there.
 */

/* Begins a generation that is higher than this system's and than `generation`,
 * and waits until no number of an older one can become a promise. */
MUST_CHECK enum fault restore_numbers_close(struct ctl *ctl,
					    uint64_t generation,
					    struct error *error);
/* The rows are there: persisters prove that nothing else waits, then the API
 * opens. Changes nothing where they are not closed. */
MUST_CHECK enum fault restore_numbers_open(struct ctl *ctl,
					   struct error *error);
/* Waits for that; *open_r false: not within half a minute, as when no API or no
 * persister runs. */
MUST_CHECK enum fault restore_numbers_await(struct ctl *ctl, bool *open_r,
					    struct error *error);
/* True while they are closed. */
MUST_CHECK enum fault restore_numbers_closed(struct ctl *ctl, bool *closed_r,
					     struct error *error);

#endif
