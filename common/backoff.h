#ifndef CONFAB_COMMON_BACKOFF_H
#define CONFAB_COMMON_BACKOFF_H

#include <stdint.h>

/* Exponential backoff with full jitter: a random wait of 0 to min(cap, first *
 * 2^attempt) ms, cap 5 s, but never under 10 ms. */
struct backoff {
	unsigned attempt;
	unsigned seed;
};

#define BACKOFF_FIRST_MS 100
#define BACKOFF_CAP_MS 5000

void backoff_reset(struct backoff *backoff);
/* The next wait in ms. */
int64_t backoff_next(struct backoff *backoff);

#endif
