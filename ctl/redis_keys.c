#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/redis_link.h"
#include "ctl/redis_private.h"

#define SCAN_COUNT "1000"
#define MARK_KEY "confab:mark"

static bool is_page(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	       reply->element[0]->type == REDIS_REPLY_STRING &&
	       reply->element[1]->type == REDIS_REPLY_ARRAY;
}

/* ---- walking over keys ---- */

typedef enum fault page_fn(void *context, struct redis *redis,
			   const redisReply *keys, struct error *error);

static enum fault scan(struct redis *redis, const char *pattern, page_fn *take,
		       void *context, struct error *error)
{
	char cursor[32] = "0";
	enum fault fault = FAULT_NONE;

	do {
		const char *words[] = { "SCAN",	 cursor,  "MATCH",
					pattern, "COUNT", SCAN_COUNT };
		redisReply *page = redis_command(redis, 6, words, error);

		if (page == NULL)
			return error->fault;
		if (!is_page(page))
			fault = error_set(error, FAULT_PERMANENT, 0,
					  "Redis answered SCAN oddly");
		else if (page->element[1]->elements > 0)
			fault = take(context, redis, page->element[1], error);
		if (fault == FAULT_NONE)
			(void)snprintf(cursor, sizeof(cursor), "%s",
				       page->element[0]->str);
		freeReplyObject(page);
	} while (fault == FAULT_NONE && strcmp(cursor, "0") != 0);
	return fault;
}

/* They may hold any byte. */
static enum fault delete_page(void *context, struct redis *redis,
			      const redisReply *keys, struct error *error)
{
	uint64_t *deleted = context;
	size_t count = keys->elements + 1;
	const char **words = calloc(count, sizeof(*words));
	size_t *lengths = calloc(count, sizeof(*lengths));
	redisReply *reply = NULL;
	enum fault fault = FAULT_NONE;

	if (words == NULL || lengths == NULL) {
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
		goto out;
	}
	words[0] = "UNLINK";
	lengths[0] = strlen(words[0]);
	for (size_t i = 0; i < keys->elements; i++) {
		words[i + 1] = keys->element[i]->str;
		lengths[i + 1] = (size_t)keys->element[i]->len;
	}
	reply = redis_link_command_argv(redis->context, (int)count, words,
					lengths);
	if (reply == NULL || reply->type != REDIS_REPLY_INTEGER)
		fault = error_set(error, FAULT_UNSURE, 0, "%s",
				  reply != NULL && reply->str != NULL
					  ? reply->str
					  : redis->context->errstr);
	else
		*deleted += (uint64_t)reply->integer;
out:
	if (reply != NULL)
		freeReplyObject(reply);
	free(words);
	free(lengths);
	return fault;
}

enum fault redis_delete_matching(struct redis *redis, const char *pattern,
				 uint64_t *deleted_r, struct error *error)
{
	return scan(redis, pattern, delete_page, deleted_r, error);
}

/* ---- reading ---- */

struct visit {
	redis_hash_fn *take;
	void *context;
};

static enum fault read_hash(struct redis *redis, const char *key,
			    const struct visit *visit, struct error *error)
{
	const char *words[] = { "HGETALL", key };
	redisReply *reply = redis_command(redis, 2, words, error);
	const char **fields = NULL;
	enum fault fault;

	if (reply == NULL)
		return error->fault;
	fields = calloc(reply->elements + 1, sizeof(*fields));
	if (fields == NULL) {
		freeReplyObject(reply);
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	}
	for (size_t i = 0; i < reply->elements; i++)
		fields[i] = reply->element[i]->str != NULL
				    ? reply->element[i]->str
				    : "";
	fault = visit->take(visit->context, key, fields, reply->elements / 2,
			    error);
	free(fields);
	freeReplyObject(reply);
	return fault;
}

static enum fault read_page(void *context, struct redis *redis,
			    const redisReply *keys, struct error *error)
{
	const struct visit *visit = context;
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; fault == FAULT_NONE && i < keys->elements; i++)
		fault = read_hash(redis, keys->element[i]->str, visit, error);
	return fault;
}

enum fault redis_each_hash(struct redis *redis, const char *pattern,
			   redis_hash_fn *take, void *context,
			   struct error *error)
{
	struct visit visit = { take, context };

	return scan(redis, pattern, read_page, &visit, error);
}

/* ---- the mark of the numbers ---- */

static uint64_t number(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING
		       ? strtoull(reply->str, NULL, 10)
		       : 0;
}

enum fault redis_read_mark(struct redis *redis, struct redis_mark *mark_r,
			   struct error *error)
{
	const char *words[] = { "HMGET", MARK_KEY, "gen", "beat" };
	redisReply *reply = redis_command(redis, 4, words, error);
	enum fault fault = FAULT_NONE;

	if (reply == NULL)
		return error->fault;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
		fault = error_set(error, FAULT_PERMANENT, 0,
				  "Redis answered HMGET oddly");
	} else {
		mark_r->generation = (uint32_t)number(reply->element[0]);
		mark_r->beat = number(reply->element[1]);
	}
	freeReplyObject(reply);
	return fault;
}

enum fault redis_delete_mark(struct redis *redis, struct error *error)
{
	const char *words[] = { "DEL", MARK_KEY };
	redisReply *reply = redis_command(redis, 2, words, error);

	if (reply == NULL)
		return error->fault;
	freeReplyObject(reply);
	return FAULT_NONE;
}
