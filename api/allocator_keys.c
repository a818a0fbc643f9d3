#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/allocator_private.h"
#include "common/redis_link.h"

uint64_t allocator_bucket(uint64_t chat)
{
	return (chat - 1) / SCRIPT_CHATS_PER_BUCKET;
}

void allocator_chats_key(char key_r[ALLOCATOR_KEY_SIZE], uint64_t application,
			 uint32_t generation)
{
	snprintf(key_r, ALLOCATOR_KEY_SIZE, "{%" PRIu64 "}:%" PRIu32 ":c",
		 application, generation);
}

void allocator_bucket_key(char key_r[ALLOCATOR_KEY_SIZE], uint64_t application,
			  uint32_t generation, uint64_t chat)
{
	snprintf(key_r, ALLOCATOR_KEY_SIZE,
		 "{%" PRIu64 "}:%" PRIu32 ":m:%" PRIu64, application,
		 generation, allocator_bucket(chat));
}

void allocator_record_key(char key_r[ALLOCATOR_RECORD_SIZE],
			  const struct allocation *allocation,
			  uint32_t generation)
{
	snprintf(key_r, ALLOCATOR_RECORD_SIZE,
		 "{%" PRIu64 "}:%" PRIu32 ":k:%" PRIu64 ":%.*s",
		 allocation->application_id, generation,
		 allocation->chat_number, (int)allocation->key_length,
		 allocation->key);
}

enum fault allocator_promised(redisContext *redis, uint32_t generation,
			      uint64_t application_id, uint64_t chat_number,
			      uint64_t number, bool *promised_r,
			      struct error *error)
{
	enum fault fault = FAULT_NONE;
	redisReply *reply;
	char key[ALLOCATOR_KEY_SIZE];

	if (chat_number == 0) {
		allocator_chats_key(key, application_id, generation);
		reply = redis_link_command(redis, "HGET %s n", key);
	} else {
		allocator_bucket_key(key, application_id, generation,
				     chat_number);
		reply = redis_link_command(
			redis, "HGET %s %llu", key,
			(unsigned long long)(chat_number - 1) %
				SCRIPT_CHATS_PER_BUCKET);
	}
	if (!reply || reply->type == REDIS_REPLY_ERROR)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis cannot be read");
	else
		*promised_r = reply->type == REDIS_REPLY_STRING &&
			      strtoull(reply->str, NULL, 10) >= number;
	freeReplyObject(reply);
	return fault;
}
