#include "common/backoff.h"

#include <stdlib.h>

#include "common/clock.h"

#define SHORTEST_MS 10

void backoff_reset(struct backoff *backoff)
{
	backoff->attempt = 0;
}

int64_t backoff_next(struct backoff *backoff)
{
	int64_t most = BACKOFF_CAP_MS;
	int64_t wait;

	/* jitter needs no good randomness, only a spread between processes */
	if (backoff->seed == 0)
		backoff->seed = (unsigned)clock_monotonic_us() | 1;
	if (backoff->attempt < 6 &&
	    (BACKOFF_FIRST_MS << backoff->attempt) < most)
		most = BACKOFF_FIRST_MS << backoff->attempt;
	if (backoff->attempt < 1000)
		backoff->attempt++;
	wait = rand_r(&backoff->seed) % (most + 1);
	return wait < SHORTEST_MS ? SHORTEST_MS : wait;
}
