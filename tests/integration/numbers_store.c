#include "tests/integration/numbers_store.h"

#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "tests/integration/harness.h"

struct copy {
	size_t count;
	struct entry {
		char *key, *dump;
		size_t key_length, dump_length;
	} * entries;
};

static struct copy copy;

static redisReply *checked(redisContext *redis, redisReply *reply)
{
	if (reply && reply->type != REDIS_REPLY_ERROR)
		return reply;
	print_error("Redis: %s\n", reply ? reply->str : redis->errstr);
	_fail(__FILE__, __LINE__);
	abort(); /* _fail() does not return, but does not say so */
}

static void command(redisContext *redis, const char *text)
{
	freeReplyObject(checked(redis, redisCommand(redis, text)));
}

static redisContext *redis_open(void)
{
	struct config_url url;
	redisContext *redis;

	assert_true(config_url_parse(setting("REDIS_URL"), &url));
	redis = redisConnect(url.host, url.port);
	assert_non_null(redis);
	if (redis->err)
		fail_msg("Redis: %s", redis->errstr);
	if (url.user && *url.user)
		freeReplyObject(
			checked(redis, redisCommand(redis, "AUTH %s %s",
						    url.user, url.password)));
	else if (url.password)
		freeReplyObject(checked(
			redis, redisCommand(redis, "AUTH %s", url.password)));
	config_url_release(&url);
	return redis;
}

void numbers_store_command(const char *text)
{
	redisContext *redis = redis_open();

	command(redis, text);
	redisFree(redis);
}

void numbers_store_flush(void)
{
	numbers_store_command("FLUSHALL");
}

static void forget(void)
{
	for (size_t i = 0; i < copy.count; i++) {
		free(copy.entries[i].key);
		free(copy.entries[i].dump);
	}
	free(copy.entries);
	copy = (struct copy){ 0 };
}

static char *duplicate(const redisReply *reply, size_t *length_r)
{
	char *bytes = malloc(reply->len + 1);

	assert_non_null(bytes);
	memcpy(bytes, reply->str, reply->len);
	*length_r = reply->len;
	return bytes;
}

static void save_key(redisContext *redis, const redisReply *key)
{
	redisReply *dump = checked(
		redis, redisCommand(redis, "DUMP %b", key->str, key->len));

	/* nil: it has expired meanwhile */
	if (dump->type == REDIS_REPLY_STRING) {
		struct entry *entry = &copy.entries[copy.count++];

		entry->key = duplicate(key, &entry->key_length);
		entry->dump = duplicate(dump, &entry->dump_length);
	}
	freeReplyObject(dump);
}

void numbers_store_save(void)
{
	redisContext *redis = redis_open();
	redisReply *keys = checked(redis, redisCommand(redis, "KEYS *"));

	forget();
	copy.entries = calloc(keys->elements + 1, sizeof(*copy.entries));
	assert_non_null(copy.entries);
	for (size_t i = 0; i < keys->elements; i++)
		save_key(redis, keys->element[i]);
	freeReplyObject(keys);
	redisFree(redis);
}

/* In one transaction: nobody sees it half done. */
void numbers_store_roll_back(void)
{
	redisContext *redis = redis_open();

	command(redis, "MULTI");
	command(redis, "FLUSHALL");
	for (size_t i = 0; i < copy.count; i++) {
		const struct entry *entry = &copy.entries[i];

		freeReplyObject(checked(
			redis, redisCommand(redis, "RESTORE %b 0 %b",
					    entry->key, entry->key_length,
					    entry->dump, entry->dump_length)));
	}
	command(redis, "EXEC");
	redisFree(redis);
	forget();
}

const char *numbers_store_setting(const char *name)
{
	static char value[256];
	redisContext *redis = redis_open();
	redisReply *reply =
		checked(redis, redisCommand(redis, "CONFIG GET %s", name));

	assert_int_equal(reply->elements, 2);
	snprintf(value, sizeof(value), "%s", reply->element[1]->str);
	freeReplyObject(reply);
	redisFree(redis);
	return value;
}
