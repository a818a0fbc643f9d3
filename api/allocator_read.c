#include <stdlib.h>
#include <string.h>

#include "api/allocator_private.h"

static enum fault misread(struct error *error)
{
	return error_set(error, FAULT_TEMPORARY, 0,
			 "Redis: an answer of an unexpected form");
}

static enum allocation_outcome outcome_of(long long code)
{
	switch (code) {
	case SCRIPT_LOAD_MESSAGE_COUNTER:
		return ALLOCATION_LOAD_MESSAGES;
	case SCRIPT_NO_SUCH_CHAT:
		return ALLOCATION_NO_CHAT;
	case SCRIPT_LOAD_CHAT_COUNTER:
		return ALLOCATION_LOAD_CHATS;
	default:
		return ALLOCATION_GIVEN;
	}
}

/* `count` requests share the numbers that end at `last`. */
static void give(struct allocation **to, size_t count, long long last)
{
	for (size_t i = 0; i < count; i++) {
		to[i]->outcome = outcome_of(last);
		to[i]->number = last > 0 ? (uint64_t)last - count + 1 + i : 0;
	}
}

static enum fault read_group(struct allocator *it, const struct call *call,
			     const redisReply *reply, struct error *error)
{
	size_t at = call->first, end = call->first + call->count, slot = 1;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return misread(error);
	for (size_t next; at < end; at = next) {
		size_t place = it->sorted[at]->chat_number == 0 ? 0 : slot++;

		next = allocator_chat_end(it, at, end);
		if (place >= reply->elements ||
		    reply->element[place]->type != REDIS_REPLY_INTEGER)
			return misread(error);
		give(it->sorted + at, next - at,
		     reply->element[place]->integer);
	}
	return FAULT_NONE;
}

static enum fault read_keyed(struct allocator *it, const struct call *call,
			     const redisReply *reply, struct error *error)
{
	struct allocation *wanted = it->sorted[call->first];
	long long how;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4 ||
	    reply->element[0]->type != REDIS_REPLY_INTEGER ||
	    reply->element[1]->type != REDIS_REPLY_INTEGER ||
	    reply->element[2]->type != REDIS_REPLY_STRING ||
	    (size_t)reply->element[2]->len != sizeof(wanted->event_id) ||
	    reply->element[3]->type != REDIS_REPLY_STRING)
		return misread(error);
	give(&wanted, 1, reply->element[0]->integer);
	how = reply->element[1]->integer;
	if (how == 0)
		return FAULT_NONE;
	wanted->outcome =
		how == 1 ? ALLOCATION_REPLAYED : ALLOCATION_KEY_MISMATCH;
	memcpy(wanted->event_id.bytes, reply->element[2]->str,
	       sizeof(wanted->event_id.bytes));
	wanted->at_ms = strtoll(reply->element[3]->str, NULL, 10);
	return FAULT_NONE;
}

static enum fault read_beat(struct allocator *it, const redisReply *reply,
			    struct error *error)
{
	if (reply->type != REDIS_REPLY_INTEGER)
		return misread(error);
	if (reply->integer < 0)
		return error_set(error, FAULT_BUG, 0,
				 "Redis has lost the generation mark");
	if ((uint64_t)reply->integer <= it->beat)
		return error_set(error, FAULT_BUG, 0,
				 "Redis went back to an older state");
	it->beat = (uint64_t)reply->integer;
	return FAULT_NONE;
}

enum fault allocator_read(struct allocator *it, struct call *call,
			  const redisReply *reply, struct error *error)
{
	call->again = reply->type == REDIS_REPLY_ERROR &&
		      strncmp(reply->str, "NOSCRIPT", 8) == 0;
	if (call->again)
		return FAULT_NONE;
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_refused(reply->str, error);
	switch (call->kind) {
	case CALL_GROUP:
		return read_group(it, call, reply, error);
	case CALL_KEYED:
		return read_keyed(it, call, reply, error);
	case CALL_BEAT:
		return read_beat(it, reply, error);
	case CALL_LOAD:
		break;
	}
	return FAULT_NONE;
}
