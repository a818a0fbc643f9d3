#include "common/redis_link.h"

#include <sys/time.h>

#include "common/redis_tls.h"

#define REDIS_PORT 6379

static struct timeval to_timeval(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000,
				 .tv_usec = (ms % 1000) * 1000 };
}

static enum fault begin(redisContext *redis, const struct config_url *url,
			int connect_ms, int timeout_ms, struct error *error)
{
	if (redis->err ||
	    redisSetTimeout(redis, to_timeval(connect_ms)) != REDIS_OK ||
	    redisEnableKeepAlive(redis) != REDIS_OK ||
	    (url->tls && !redis_tls_begin(redis, url->host)) ||
	    redisSetTimeout(redis, to_timeval(timeout_ms)) != REDIS_OK)
		return error_set(error, FAULT_TEMPORARY, redis->err, "%s",
				 redis->errstr);
	return FAULT_NONE;
}

redisContext *redis_link_open(const struct config_url *url, int connect_ms,
			      int timeout_ms, struct error *error)
{
	redisContext *redis = redisConnectWithTimeout(
		url->host, url->port ? url->port : REDIS_PORT,
		to_timeval(connect_ms));

	if (!redis) {
		error_set(error, FAULT_TEMPORARY, 0, "out of memory");
		return NULL;
	}
	if (begin(redis, url, connect_ms, timeout_ms, error) != FAULT_NONE)
		redis_link_close(&redis);
	return redis;
}

void redis_link_close(redisContext **redis)
{
	if (*redis) {
		redis_tls_end(*redis);
		redisFree(*redis);
	}
	*redis = NULL;
}

/* What redisGetReply() does with a connection that blocks. */
static int reply_by_tls(redisContext *redis, void **reply_r)
{
	void *reply = NULL;

	if (redisGetReplyFromReader(redis, &reply) != REDIS_OK)
		return REDIS_ERR;
	if (!reply && !redis_tls_write(redis))
		return REDIS_ERR;
	while (!reply)
		if (!redis_tls_read(redis) ||
		    redisGetReplyFromReader(redis, &reply) != REDIS_OK)
			return REDIS_ERR;
	*reply_r = reply;
	return REDIS_OK;
}

int redis_link_reply(redisContext *redis, void **reply_r)
{
	return redis_tls_used(redis) ? reply_by_tls(redis, reply_r)
				     : redisGetReply(redis, reply_r);
}

static void *next_reply(redisContext *redis)
{
	void *reply;

	return redis_link_reply(redis, &reply) == REDIS_OK ? reply : NULL;
}

void *redis_link_command(redisContext *redis, const char *format, ...)
{
	va_list arguments;
	int status;

	va_start(arguments, format);
	status = redisvAppendCommand(redis, format, arguments);
	va_end(arguments);
	return status == REDIS_OK ? next_reply(redis) : NULL;
}

void *redis_link_command_argv(redisContext *redis, int argc, const char **argv,
			      const size_t *lengths)
{
	if (redisAppendCommandArgv(redis, argc, argv, lengths) != REDIS_OK)
		return NULL;
	return next_reply(redis);
}
