#ifndef CONFAB_API_NUMBERS_H
#define CONFAB_API_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sql.h"

/*
 * The generation in which numbers may be given out, and the recovery that
 * starts a new one when Redis has lost what it knew.
 *
 * Redis holds a mark with the generation; the table `numbering` holds its
 * copy. While both agree and the state is "open", numbers are allocated. When
 * the mark is gone, is older than the copy, or its beat went back, numbers
 * that were promised may be known to nobody but the queue. Then one process
 * (SQL GET_LOCK) raises the generation with the state "leasing", waits out the
 * lease of whoever still holds a number of the old one, sets the state to
 * "draining", waits until a persister has proved that all accepted events are
 * rows and set the state to "open" (persister/drain.h), and sets the mark.
 * Counters then load from the rows, each when it is first needed.
 *
 * Generation 0 is a system that never gave out a number: no wait is due.
 *
 * A Redis process that was started anew (its run id is another) serves the same
 * generation only when its beat shows that it has kept everything, and all who
 * took numbers have said what they saw (api/vouch.h); else it counts as lost.
 */

/* A 202 is sent only this long after the Redis command that gave the number
 * was sent; so no older number can still become a promise. */
#define NUMBERS_LEASE_MS 5000

struct numbers;

/* `name` is this process' place, host and port. `changed` is called, from any
 * thread, when a generation opens, and with 0 when it closes, but not before
 * numbers_start(). The texts must outlive it. NULL when memory is out. */
struct numbers *numbers_new(const struct sql_settings *sql,
			    const char *redis_url, const char *name,
			    void (*changed)(void *context, uint32_t generation),
			    void *context);
/* Starts the thread that establishes the generation; none is open before.
 * False when no thread can be had. */
bool numbers_start(struct numbers *numbers) __attribute__((warn_unused_result));
/* Nobody may take numbers any more. */
void numbers_free(struct numbers **numbers);

/* The open generation, 0 while there is none. Any thread. */
uint32_t numbers_generation(struct numbers *numbers);
/* Unix ms at which the open generation began. */
int64_t numbers_since_ms(struct numbers *numbers);

/* True when `generation` is open and the Redis process `run_id` serves it. Any
 * thread. */
bool numbers_served_by(struct numbers *numbers, uint32_t generation,
		       const char *run_id);

/* ---- for the one thread that takes numbers ---- */

/* The highest beat seen, before anything of its batch is promised. */
void numbers_note_beat(struct numbers *numbers, uint64_t beat);
/* The connection to Redis is lost, or another process answers at its address:
 * closes the generation until it is known that Redis has kept everything. */
void numbers_interrupted(struct numbers *numbers);
/* Closes `generation` and starts a recovery, unless it is closed already. */
void numbers_lost(struct numbers *numbers, uint32_t generation,
		  const char *why);

#endif
