#ifndef CONFAB_COMMON_REDIS_LINK_H
#define CONFAB_COMMON_REDIS_LINK_H

#include <hiredis/hiredis.h>

#include "common/config.h"
#include "common/fault.h"

/*
 * hiredis with TLS, which Debian's knows nothing of: these take the place of
 * its own functions, which must not be called on a connection of a rediss URL.
 * redisAppend...Command() may, since they send nothing yet.
 */

/* Connects, and with rediss looks at the certificate. NULL on failure. The
 * connection, and then each read and write, may take so long. */
redisContext *redis_link_open(const struct config_url *url, int connect_ms,
			      int timeout_ms, struct error *error);
/* NULLs the pointer. */
void redis_link_close(redisContext **redis);

/* As redisGetReply(), redisCommand() and redisCommandArgv(). */
int redis_link_reply(redisContext *redis, void **reply_r) MUST_CHECK;
void *redis_link_command(redisContext *redis, const char *format,
			 ...) MUST_CHECK;
void *redis_link_command_argv(redisContext *redis, int argc, const char **argv,
			      const size_t *lengths) MUST_CHECK;

#endif
