#ifndef CONFAB_CTL_RESTORE_NUMBERS_H
#define CONFAB_CTL_RESTORE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"

struct ctl;

/*
 * The numbers while the rows are exchanged: the states 'restoring' and
 * 'replacing' of the table numbering, in which no API process gives one out,
 * and from which nobody but these goes on (docs/numbers.md). A restore that
 * dies leaves its state; another one, or a reset, goes on from there.
 */
enum restore_state {
	RESTORE_NONE,
	RESTORE_FILLS,	 /* an empty system: what its queues hold is its own */
	RESTORE_REPLACES /* all that was before it goes */
};

/* What a restore that was broken off has left. */
MUST_CHECK enum fault restore_numbers_state(struct ctl *ctl,
					    enum restore_state *state_r,
					    struct error *error);
/* Begins a generation that is higher than this system's, than that of its
 * Redis, and than `generation`, unless a restore that was broken off has begun
 * one, and waits until no number of an older one can become a promise. */
MUST_CHECK enum fault restore_numbers_close(struct ctl *ctl,
					    enum restore_state state,
					    uint64_t generation,
					    struct error *error);
/* The rows are there: persisters prove that nothing else waits, then the API
 * opens. Changes nothing where they are not closed. */
MUST_CHECK enum fault restore_numbers_open(struct ctl *ctl,
					   struct error *error);
/* Waits until a generation above this one is open; *open_r false: not within
 * half a minute, as when no API or no persister runs. */
MUST_CHECK enum fault restore_numbers_await(struct ctl *ctl,
					    uint64_t generation, bool *open_r,
					    struct error *error);
/* Whether one is there to begin a generation. */
bool restore_numbers_api_runs(struct ctl *ctl);
#endif
