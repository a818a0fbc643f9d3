#ifndef CONFAB_PERSISTER_BISECT_H
#define CONFAB_PERSISTER_BISECT_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

/*
 * One bad row fails its whole batch: halves are tried until the culprits stand
 * alone.
 */
struct bisect {
	void *context;
	/* Stores the items first .. first + count - 1, all or none. */
	enum fault (*attempt)(void *context, size_t first, size_t count,
			      struct error *error);
	/* This one, alone, had a permanent fault. Its own fault stands for
	 * it: FAULT_PERMANENT gives it up, FAULT_NONE leaves it to the caller
	 * and the search goes on, FAULT_TEMPORARY ends the search. */
	enum fault (*condemn)(void *context, size_t item,
			      const struct error *error);
	/* No further attempt begins after this (monotonic ms). */
	int64_t deadline_ms;
};

/*
 * From the first item to the last. `*done_r` items are decided, stored or
 * given up; they are all of them when FAULT_NONE is returned. Else the fault
 * is what stopped it: the rest is to be tried again.
 */
MUST_CHECK enum fault bisect_run(const struct bisect *bisect, size_t count,
				 size_t *done_r, struct error *error);

#endif
