#include "api/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"
#include "common/redis_link.h"

#define CONNECT_TIMEOUT_MS 1000

enum fault redis_refused(const char *answer, struct error *error)
{
	static const char *const of_clusters[] = { "MOVED ", "ASK ", "TRYAGAIN",
						   "CROSSSLOT", "CLUSTERDOWN" };

	for (size_t i = 0; i < sizeof(of_clusters) / sizeof(char *); i++)
		if (strncmp(answer, of_clusters[i], strlen(of_clusters[i])) ==
		    0)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "Redis is a member of a Redis Cluster "
					 "and does not serve all keys, which "
					 "the numbers need: %s",
					 answer);
	return error_set(error, FAULT_TEMPORARY, 0, "Redis: %s", answer);
}

static enum fault refuse(struct error *error, redisContext *redis,
			 const redisReply *reply, const char *what)
{
	const char *why = reply ? reply->str : redis->errstr;

	return error_set(error, FAULT_TEMPORARY, 0, "%s: %s", what,
			 why ? why : "no answer");
}

/* Runs one command whose answer only has to be no error. */
static enum fault simple(redisContext *redis, int argc, const char **argv,
			 const char *what, struct error *error)
{
	redisReply *reply = redis_link_command_argv(redis, argc, argv, NULL);
	enum fault fault = FAULT_NONE;

	if (!reply || reply->type == REDIS_REPLY_ERROR)
		fault = refuse(error, redis, reply, what);
	freeReplyObject(reply);
	return fault;
}

static enum fault log_in(redisContext *redis, const struct config_url *url,
			 struct error *error)
{
	const char *argv[3] = { "AUTH" };
	int argc = 1;

	if (!url->password || !*url->password)
		return FAULT_NONE;
	if (url->user && *url->user)
		argv[argc++] = url->user;
	argv[argc++] = url->password;
	return simple(redis, argc, argv, "Redis refuses the login", error);
}

static enum fault select_database(redisContext *redis,
				  const struct config_url *url,
				  struct error *error)
{
	const char *argv[2] = { "SELECT", NULL };

	if (!url->path || strcmp(url->path, "/") == 0 ||
	    strcmp(url->path, "/0") == 0)
		return FAULT_NONE;
	argv[1] = url->path + 1;
	return simple(redis, 2, argv, "Redis refuses the database", error);
}

static redisContext *open_connection(const struct config_url *url,
				     int timeout_ms, struct error *error)
{
	struct error cause = ERROR_INIT;
	redisContext *redis =
		redis_link_open(url, CONNECT_TIMEOUT_MS, timeout_ms, &cause);

	if (!redis) {
		error_set(error, FAULT_TEMPORARY, cause.code, "Redis: %s",
			  cause.text);
		return NULL;
	}
	if (log_in(redis, url, error) != FAULT_NONE ||
	    select_database(redis, url, error) != FAULT_NONE)
		redis_close(&redis);
	return redis;
}

redisContext *redis_connect(const struct config_url *url, int timeout_ms,
			    struct error *error)
{
	redisContext *redis = open_connection(url, timeout_ms, error);

	metrics_count_connection(METRIC_REDIS, redis != NULL);
	return redis;
}

void redis_close(redisContext **redis)
{
	redis_link_close(redis);
}

/* The value of "name:value\r\n" in INFO's text, or NULL. */
static const char *info_value(const char *info, const char *name,
			      size_t *length_r)
{
	const char *at = strstr(info, name);

	if (!at)
		return NULL;
	at += strlen(name);
	*length_r = strcspn(at, "\r\n");
	return at;
}

static bool info_is(const char *info, const char *name, const char *wanted)
{
	size_t length;
	const char *value = info_value(info, name, &length);

	return value && length == strlen(wanted) &&
	       memcmp(value, wanted, length) == 0;
}

enum fault redis_check_durable(redisContext *redis,
			       char run_id_r[REDIS_RUN_ID_SIZE],
			       struct error *error)
{
	redisReply *reply = redis_link_command(redis, "INFO");
	enum fault fault = FAULT_NONE;
	const char *run_id;
	size_t length;

	if (!reply || reply->type != REDIS_REPLY_STRING) {
		fault = refuse(error, redis, reply, "Redis INFO");
	} else if (info_is(reply->str, "\nloading:", "1")) {
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis is loading its data");
	} else if (!info_is(reply->str, "\naof_enabled:", "1")) {
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis has no append-only file: set "
				  "appendonly yes, appendfsync always");
	} else if (!info_is(reply->str, "\nmaxmemory_policy:", "noeviction")) {
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis may evict numbers: set "
				  "maxmemory-policy noeviction");
	} else {
		run_id = info_value(reply->str, "\nrun_id:", &length);
		if (!run_id)
			length = 0;
		snprintf(run_id_r, REDIS_RUN_ID_SIZE, "%.*s", (int)length,
			 run_id ? run_id : "");
	}
	freeReplyObject(reply);
	return fault;
}

void redis_append_command(struct buf *out, size_t count)
{
	buf_append_char(out, '*');
	buf_append_u64(out, count);
	buf_append(out, "\r\n", 2);
}

void redis_append_argument(struct buf *out, const void *bytes, size_t length)
{
	buf_append_char(out, '$');
	buf_append_u64(out, length);
	buf_append(out, "\r\n", 2);
	buf_append(out, bytes, length);
	buf_append(out, "\r\n", 2);
}

void redis_append_number(struct buf *out, uint64_t number)
{
	char digits[21];
	int length = snprintf(digits, sizeof(digits), "%llu",
			      (unsigned long long)number);

	redis_append_argument(out, digits, (size_t)length);
}
