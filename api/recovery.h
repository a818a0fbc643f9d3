#ifndef CONFAB_API_RECOVERY_H
#define CONFAB_API_RECOVERY_H

#include "api/numbering.h"
#include "common/background.h"

/*
 * A new generation of numbers after a loss: raises the generation ("leasing"),
 * deletes Redis' mark, waits out the lease of whoever still holds a number of
 * the one before, waits until a persister has proved that all accepted events
 * are rows ("draining", then "drained": persister/drain.h), opens the
 * generation and sets its mark. What an earlier recovery has done already,
 * before it was cut off, is not done again. Each change of state is made by one
 * process only, also when two believe that they hold the lock of all
 * recoveries.
 */
struct recovery {
	struct sql *sql;
	redisContext *redis;
	const char *run_id;	       /* of that Redis */
	struct background *background; /* whose stop ends the waiting */
};

/* The caller holds the lock of all recoveries, and has read `row`; it is the
 * open row in the end. */
MUST_CHECK enum fault recovery_run(const struct recovery *recovery,
				   struct numbering *row, struct error *error);

#endif
