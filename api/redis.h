#ifndef CONFAB_API_REDIS_H
#define CONFAB_API_REDIS_H

#include <hiredis/hiredis.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/config.h"
#include "common/fault.h"

/*
 * One Redis connection for one thread. After any error the context is freed
 * and a new one made: hiredis must never go on with one, since a late reply
 * would answer the next command.
 */

/* Connects, logs in, selects the database of the URL's path. NULL on failure.
 * Every later read and write may take `timeout_ms`. */
redisContext *redis_connect(const struct config_url *url, int timeout_ms,
			    struct error *error);
/* NULLs the pointer. */
void redis_close(redisContext **redis);

/* Refuses a Redis that may forget numbers: no append-only file, or keys may be
 * evicted. Also gives its run id. */
#define REDIS_RUN_ID_SIZE 64
MUST_CHECK enum fault redis_check_durable(redisContext *redis,
					  char run_id_r[REDIS_RUN_ID_SIZE],
					  struct error *error);

/*
 * An answer that is an error, as a sentence: FAULT_TEMPORARY. One that only a
 * member of a Redis Cluster gives (MOVED, CLUSTERDOWN ...) is explained, since
 * the keys of one batch lie in many slots and must all be here.
 */
MUST_CHECK enum fault redis_refused(const char *answer, struct error *error);

/* A command in the protocol's own form (redis.io/docs/reference/protocol-spec),
 * argument by argument; `count` arguments must follow. */
void redis_append_command(struct buf *out, size_t count);
void redis_append_argument(struct buf *out, const void *bytes, size_t length);
void redis_append_number(struct buf *out, uint64_t number);

#endif
