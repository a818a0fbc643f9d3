#ifndef CONFAB_API_VOUCH_H
#define CONFAB_API_VOUCH_H

#include <stdbool.h>
#include <stdint.h>

#include "api/numbering.h"

/*
 * Whether a Redis process that was started anew still knows every number that
 * was promised. Each batch of numbers raises a beat in Redis, so a Redis whose
 * beat is at least the highest one that any API process has seen has kept all
 * of them, and one with a lower beat has gone back to an older state.
 *
 * A beat rises many times a second, so processes do not write each down.
 * Instead each has a row in the table `allocators` while it may take numbers,
 * and settles it, with the last beat it saw, as soon as it meets another Redis
 * process or stops. While a row of the Redis process before is not settled,
 * nobody can tell, and nobody vouches: a new generation starts then.
 *
 * `name` is the process' place (host and port): whoever takes its place knows
 * that it is gone.
 */

/* Before the first number is taken, and from time to time later: the beat that
 * stands in the row is what is known of a process that was killed. */
MUST_CHECK enum fault vouch_note(struct sql *sql, const char *name,
				 uint32_t generation, const char *run_id,
				 uint64_t beat, struct error *error);
/* No number will be taken any more; `beat` is the highest one seen. */
MUST_CHECK enum fault vouch_settle(struct sql *sql, const char *name,
				   uint32_t generation, uint64_t beat,
				   struct error *error);
/* True when nobody's row of another Redis process than `run_id` is left. */
MUST_CHECK enum fault vouch_is_settled(struct sql *sql, uint32_t generation,
				       const char *run_id, bool *settled_r,
				       struct error *error);

#endif
