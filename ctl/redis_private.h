#ifndef CONFAB_CTL_REDIS_PRIVATE_H
#define CONFAB_CTL_REDIS_PRIVATE_H

#include <hiredis/hiredis.h>

#include "ctl/redis.h"

struct redis {
	redisContext *context;
};

/* NULL when the connection failed or the server refused; *error says why. */
redisReply *redis_command(struct redis *redis, size_t count,
			  const char *const *words, struct error *error)
	__attribute__((warn_unused_result));

#endif
