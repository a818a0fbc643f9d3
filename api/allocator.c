#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/allocator_private.h"
#include "common/redis_link.h"

struct allocator *allocator_new(redisContext *redis, const char *run_id,
				struct error *error)
{
	struct allocator *allocator = calloc(1, sizeof(*allocator));

	if (!allocator) {
		error_set(error, FAULT_TEMPORARY, 0, "out of memory");
		redis_close(&redis);
		return NULL;
	}
	allocator->redis = redis;
	snprintf(allocator->run_id, sizeof(allocator->run_id), "%s", run_id);
	if (scripts_load(redis, allocator->sha, error) != FAULT_NONE)
		allocator_free(&allocator);
	return allocator;
}

void allocator_free(struct allocator **allocator)
{
	struct allocator *it = *allocator;

	if (!it)
		return;
	redis_close(&it->redis);
	buf_release(&it->bytes);
	free(it->sorted);
	free(it->calls);
	free(it);
	*allocator = NULL;
}

const char *allocator_run_id(const struct allocator *allocator)
{
	return allocator->run_id;
}

uint64_t allocator_beat(const struct allocator *allocator)
{
	return allocator->beat;
}

void allocator_set_beat(struct allocator *allocator, uint64_t beat)
{
	allocator->beat = beat;
}

/* Sends the calls that are due and reads each one's answer, also behind a
 * failed one, so that answers and calls never get out of step. */
static enum fault exchange(struct allocator *it, size_t *again_r,
			   struct error *error)
{
	enum fault worst = FAULT_NONE;

	for (size_t i = 0; i < it->call_count; i++)
		if (it->calls[i].again &&
		    redisAppendFormattedCommand(
			    it->redis, it->bytes.data + it->calls[i].offset,
			    it->calls[i].length) != REDIS_OK)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
	*again_r = 0;
	for (size_t i = 0; i < it->call_count; i++) {
		struct call *call = &it->calls[i];
		void *reply;
		enum fault fault;

		if (!call->again)
			continue;
		if (redis_link_reply(it->redis, &reply) != REDIS_OK)
			return error_set(error, FAULT_TEMPORARY, it->redis->err,
					 "Redis: %s", it->redis->errstr);
		fault = allocator_read(it, call, reply,
				       worst == FAULT_NONE ? error : NULL);
		freeReplyObject(reply);
		if (worst == FAULT_NONE)
			worst = fault;
		*again_r += call->again;
	}
	return worst;
}

enum fault allocator_run(struct allocator *allocator, uint32_t generation,
			 struct allocation **wanted, size_t n,
			 struct error *error)
{
	struct allocator *it = allocator;
	enum fault fault;
	size_t again = 0;

	it->generation = generation;
	if (!allocator_build(it, wanted, n))
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	for (size_t i = 0; i < it->call_count; i++)
		it->calls[i].again = true;
	fault = exchange(it, &again, error);
	if (fault != FAULT_NONE || again == 0)
		return fault;
	/* the script cache is gone (SCRIPT FLUSH, fail-over): those calls did
	 * nothing; the beat goes again too, as it must come last */
	if (scripts_load(it->redis, it->sha, error) != FAULT_NONE)
		return FAULT_TEMPORARY;
	it->calls[it->call_count - 1].again = true;
	fault = exchange(it, &again, error);
	if (fault == FAULT_NONE && again > 0)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "Redis keeps forgetting its scripts");
	return fault;
}

enum fault allocator_read_mark(redisContext *redis, uint32_t *generation_r,
			       uint64_t *beat_r, struct error *error)
{
	redisReply *reply =
		redis_link_command(redis, "HMGET " SCRIPT_MARK_KEY " gen beat");
	enum fault fault = FAULT_NONE;

	if (reply && reply->type == REDIS_REPLY_ERROR) {
		fault = redis_refused(reply->str, error);
	} else if (!reply || reply->type != REDIS_REPLY_ARRAY ||
		   reply->elements != 2) {
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "Redis cannot be read: %s", redis->errstr);
	} else {
		const char *gen = reply->element[0]->str;
		const char *beat = reply->element[1]->str;

		*generation_r = gen ? (uint32_t)strtoul(gen, NULL, 10) : 0;
		*beat_r = beat ? strtoull(beat, NULL, 10) : 0;
	}
	freeReplyObject(reply);
	return fault;
}
