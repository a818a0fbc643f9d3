#ifndef CONFAB_CTL_PROMISES_H
#define CONFAB_CTL_PROMISES_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

struct ctl;

/*
 * The numbers that were given out before a moment and may be nowhere but in
 * the queue confab.persist or in a persister's hands. Whatever a client has a
 * 202 for got its number from Redis before, so Redis' counters, read after that
 * moment, are not below it. What an earlier generation of numbers promised was
 * stored before this one opened (docs/numbers.md), so this one's counters are
 * all there is to look at, and of these only those above which rows are
 * missing.
 */
struct promise {
	uint64_t application_id;
	uint64_t chat_number; /* 0: the numbers are chats' */
	uint64_t floor;	      /* all up to it are accounted for */
	uint64_t highest;     /* that was given out */
};

struct promises {
	struct promise *list; /* heap */
	size_t count, capacity;
};

#define PROMISES_INIT                                                          \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

/* Reads them. FAULT_TEMPORARY while the numbers are in recovery. In either case
 * promises_release(). */
MUST_CHECK enum fault promises_read(struct ctl *ctl,
				    struct promises *promises_r,
				    struct error *error);
void promises_release(struct promises *promises);

/* One look at all of them: each number that is a row, a tombstone or a dead
 * letter counts as kept, and a promise without an open number leaves the list.
 * *open_r: the numbers that are none of these. */
MUST_CHECK enum fault promises_look(struct ctl *ctl, struct promises *promises,
				    uint64_t *open_r, struct error *error);

/*
 * Waits until all that clients were promised before the call is stored. Numbers
 * that were given out and belong to no event (a process died with them) are
 * waited for until the queue has been empty, and nobody has held anything of
 * it, for longer than the broker's figures are old; or, where there is no
 * management to ask or no such moment, for a minute since it was seen empty,
 * which is longer than it needs to hand an event out again. *holes_r is how
 * many there were. Fails when nothing moves for a minute although something
 * waits, or no persister is there.
 */
MUST_CHECK enum fault promises_await(struct ctl *ctl, uint64_t *holes_r,
				     struct error *error);

#endif
