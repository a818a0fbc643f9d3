#include <stdlib.h>

#include "common/config.h"
#include "common/redis_link.h"
#include "ctl/redis_private.h"

#define DEFAULT_PORT 6379
#define CONNECT_TIMEOUT_MS 5000
#define COMMAND_TIMEOUT_MS 10000

redisReply *redis_command(struct redis *redis, size_t count,
			  const char *const *words, struct error *error)
{
	redisReply *reply = redis_link_command_argv(redis->context, (int)count,
						    (const char **)words, NULL);

	if (reply == NULL) {
		(void)error_set(error, FAULT_UNSURE, redis->context->err, "%s",
				redis->context->errstr);
		return NULL;
	}
	if (reply->type != REDIS_REPLY_ERROR)
		return reply;
	(void)error_set(error, FAULT_PERMANENT, 0, "Redis says: %s",
			reply->str);
	freeReplyObject(reply);
	return NULL;
}

/* For commands whose answer is only that they worked. */
static enum fault run(struct redis *redis, size_t count,
		      const char *const *words, struct error *error)
{
	redisReply *reply = redis_command(redis, count, words, error);

	if (reply == NULL)
		return error->fault;
	freeReplyObject(reply);
	return FAULT_NONE;
}

static enum fault log_in(struct redis *redis, const struct config_url *url,
			 struct error *error)
{
	const char *both[] = { "AUTH", url->user, url->password };
	const char *password_only[] = { "AUTH", url->password };

	if (url->password == NULL || url->password[0] == '\0')
		return FAULT_NONE;
	if (url->user == NULL || url->user[0] == '\0')
		return run(redis, 2, password_only, error);
	return run(redis, 3, both, error);
}

static enum fault select_database(struct redis *redis, const char *path,
				  struct error *error)
{
	const char *words[] = { "SELECT", path != NULL ? path + 1 : "" };

	if (words[1][0] == '\0')
		return FAULT_NONE;
	return run(redis, 2, words, error);
}

static enum fault open_link(struct redis *redis, const struct config_url *url,
			    struct error *error)
{
	enum fault fault;

	redis->context = redis_link_open(url, CONNECT_TIMEOUT_MS,
					 COMMAND_TIMEOUT_MS, error);
	if (redis->context == NULL)
		return error->fault;
	fault = log_in(redis, url, error);
	if (fault == FAULT_NONE)
		fault = select_database(redis, url->path, error);
	return fault;
}

static enum fault name_server(const struct config_url *url, struct error *error)
{
	const struct error cause = *error;

	return error_set(error, cause.fault, cause.code,
			 "Redis at %s port %d: %s", url->host,
			 url->port != 0 ? url->port : DEFAULT_PORT, cause.text);
}

enum fault redis_connect(const char *text, struct redis **redis_r,
			 struct error *error)
{
	struct redis *redis = calloc(1, sizeof(*redis));
	struct config_url url;
	enum fault fault;

	if (redis == NULL || !config_url_parse(text, &url)) {
		free(redis);
		return error_set(error, FAULT_PERMANENT, 0,
				 "REDIS_URL is not a URL");
	}
	fault = open_link(redis, &url, error);
	if (fault != FAULT_NONE)
		fault = name_server(&url, error);
	config_url_release(&url);
	if (fault != FAULT_NONE)
		redis_free(&redis);
	else
		*redis_r = redis;
	return fault;
}

void redis_free(struct redis **redis)
{
	if (*redis == NULL)
		return;
	redis_link_close(&(*redis)->context);
	free(*redis);
	*redis = NULL;
}

enum fault redis_ping(struct redis *redis, struct error *error)
{
	const char *words[] = { "PING" };

	return run(redis, 1, words, error);
}

enum fault redis_count_keys(struct redis *redis, uint64_t *keys_r,
			    struct error *error)
{
	const char *words[] = { "DBSIZE" };
	redisReply *reply = redis_command(redis, 1, words, error);

	if (reply == NULL)
		return error->fault;
	*keys_r = reply->integer > 0 ? (uint64_t)reply->integer : 0;
	freeReplyObject(reply);
	return FAULT_NONE;
}
