#ifndef CONFAB_CTL_REDIS_H
#define CONFAB_CTL_REDIS_H

#include <stddef.h>
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

/* Calls `take` for each hash whose key matches: `fields` are name, value,
 * name, value ... of `count` fields, valid during the call. A key may come
 * twice. A fault of `take` ends it. */
typedef enum fault redis_hash_fn(void *context, const char *key,
				 const char *const *fields, size_t count,
				 struct error *error);
MUST_CHECK enum fault redis_each_hash(struct redis *redis, const char *pattern,
				      redis_hash_fn *take, void *context,
				      struct error *error);

/* The mark of the numbers (docs/numbers.md); all 0 when there is none. */
struct redis_mark {
	uint32_t generation;
	uint64_t beat;
};
MUST_CHECK enum fault redis_read_mark(struct redis *redis,
				      struct redis_mark *mark_r,
				      struct error *error);
MUST_CHECK enum fault redis_delete_mark(struct redis *redis,
					struct error *error);

#endif
