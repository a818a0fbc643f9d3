#ifndef CONFAB_CTL_SEED_POST_H
#define CONFAB_CTL_SEED_POST_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

/*
 * Posts what lies under one address, in order and each once: every request has
 * an idempotency key of its place, so that all of it may be posted again.
 */
struct seed_lane {
	char *url;		  /* owned by the caller */
	const char *const *lines; /* messages; NULL: the lane posts chats */
	size_t count;
	uint64_t *numbers_r; /* `count` numbers that the API gave, or NULL */
};

/* `done` is called with the count of what was accepted so far. */
MUST_CHECK enum fault seed_post(struct seed_lane *lanes, size_t count,
				void (*done)(void *context, size_t accepted),
				void *context, struct error *error);

#endif
