#ifndef CONFAB_CTL_REDIS_H
#define CONFAB_CTL_REDIS_H

#include <stdint.h>

#include "common/fault.h"

/*
 * A Redis connection for looking after it: never for numbers. After any error
 * it is of no use but to be freed.
 */
struct redis;

/* Connects, logs in, selects the URL's database. */
MUST_CHECK enum fault redis_connect(const char *url, struct redis **redis_r,
				    struct error *error);
void redis_free(struct redis **redis);

MUST_CHECK enum fault redis_ping(struct redis *redis, struct error *error);
MUST_CHECK enum fault redis_count_keys(struct redis *redis, uint64_t *keys_r,
				       struct error *error);
/* Deletes all keys that match (the glob of SCAN); *deleted_r grows by their
 * number. Keys that appear meanwhile may stay. */
MUST_CHECK enum fault redis_delete_matching(struct redis *redis,
					    const char *pattern,
					    uint64_t *deleted_r,
					    struct error *error);

#endif
