#include "api/allocator.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/scripts.h"

/* One script call of a pipeline and whose answer it is. */
struct call {
	enum { CALL_GROUP, CALL_KEYED, CALL_LOAD, CALL_BEAT } kind;
	size_t offset, length; /* of its bytes in `bytes` */
	size_t first, count;   /* CALL_GROUP, CALL_KEYED: of `sorted` */
	bool again;	       /* Redis did not know the script */
};

struct allocator {
	redisContext *redis;
	char sha[SCRIPTS][SCRIPT_SHA_SIZE];
	uint64_t beat;
	uint32_t generation; /* of the run at hand */
	struct buf bytes;
	struct allocation **sorted;
	struct call *calls;
	size_t call_count, capacity;
};

struct allocator *allocator_new(redisContext *redis, struct error *error)
{
	struct allocator *allocator = calloc(1, sizeof(*allocator));

	if (!allocator) {
		error_set(error, FAULT_TEMPORARY, 0, "out of memory");
		redis_close(&redis);
		return NULL;
	}
	allocator->redis = redis;
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

uint64_t allocator_beat(const struct allocator *allocator)
{
	return allocator->beat;
}

void allocator_set_beat(struct allocator *allocator, uint64_t beat)
{
	allocator->beat = beat;
}

/* ---- key names (scripts.h tells what they hold) ---- */

#define KEY_SIZE 96

static void chats_key(char key_r[KEY_SIZE], uint64_t application,
		      uint32_t generation)
{
	snprintf(key_r, KEY_SIZE, "{%" PRIu64 "}:%" PRIu32 ":c", application,
		 generation);
}

static uint64_t bucket_of(uint64_t chat)
{
	return (chat - 1) / SCRIPT_CHATS_PER_BUCKET;
}

static void bucket_key(char key_r[KEY_SIZE], uint64_t application,
		       uint32_t generation, uint64_t chat)
{
	snprintf(key_r, KEY_SIZE, "{%" PRIu64 "}:%" PRIu32 ":m:%" PRIu64,
		 application, generation, bucket_of(chat));
}

static void append_key(struct allocator *it, const char *key)
{
	redis_append_argument(&it->bytes, key, strlen(key));
}

/* ---- building the pipeline ---- */

static struct call *open_call(struct allocator *it, int kind)
{
	struct call *call = &it->calls[it->call_count++];

	memset(call, 0, sizeof(*call));
	call->kind = kind;
	call->offset = it->bytes.length;
	return call;
}

static void close_call(struct allocator *it, struct call *call)
{
	call->length = it->bytes.length - call->offset;
}

/* EVALSHA sha numkeys, then `keys` keys and `arguments` arguments follow. */
static void append_head(struct allocator *it, enum script script, size_t keys,
			size_t arguments)
{
	redis_append_command(&it->bytes, 3 + keys + arguments);
	redis_append_argument(&it->bytes, "EVALSHA", 7);
	redis_append_argument(&it->bytes, it->sha[script], SCRIPT_SHA_SIZE - 1);
	redis_append_number(&it->bytes, keys);
}

static void append_load(struct allocator *it, const struct allocation *wanted)
{
	struct call *call = open_call(it, CALL_LOAD);
	char key[KEY_SIZE];

	if (wanted->load == LOAD_CHATS) {
		chats_key(key, wanted->application_id, it->generation);
		append_head(it, SCRIPT_LOAD_CHATS, 1, 1);
		append_key(it, key);
	} else {
		bucket_key(key, wanted->application_id, it->generation,
			   wanted->chat_number);
		append_head(it, SCRIPT_LOAD_MESSAGES, 1, 2);
		append_key(it, key);
		redis_append_number(&it->bytes, wanted->chat_number);
	}
	redis_append_number(&it->bytes, wanted->load_value);
	close_call(it, call);
}

static void append_keyed(struct allocator *it, size_t index)
{
	const struct allocation *wanted = it->sorted[index];
	struct call *call = open_call(it, CALL_KEYED);
	char key[KEY_SIZE], record[KEY_SIZE + EVENT_KEY_MAX + 1];
	uint64_t chat = wanted->chat_number ? wanted->chat_number : 1;

	call->first = index;
	call->count = 1;
	append_head(it, SCRIPT_ALLOCATE_KEYED, 3, 5);
	chats_key(key, wanted->application_id, it->generation);
	append_key(it, key);
	bucket_key(key, wanted->application_id, it->generation, chat);
	append_key(it, key);
	snprintf(record, sizeof(record),
		 "{%" PRIu64 "}:%" PRIu32 ":k:%" PRIu64 ":%.*s",
		 wanted->application_id, it->generation, wanted->chat_number,
		 (int)wanted->key_length, wanted->key);
	append_key(it, record);
	redis_append_number(&it->bytes, wanted->chat_number);
	redis_append_argument(&it->bytes, wanted->event_id.bytes,
			      sizeof(wanted->event_id.bytes));
	redis_append_argument(&it->bytes, wanted->fingerprint,
			      sizeof(wanted->fingerprint));
	redis_append_number(&it->bytes, (uint64_t)wanted->at_ms);
	redis_append_number(&it->bytes, ALLOCATOR_KEY_LIFE_MS);
	close_call(it, call);
}

/* The end of the run of `sorted` that wants numbers of the same chat. */
static size_t chat_end(const struct allocator *it, size_t at, size_t end)
{
	uint64_t chat = it->sorted[at]->chat_number;

	while (at < end && it->sorted[at]->chat_number == chat)
		at++;
	return at;
}

struct group_shape {
	size_t chats_wanted, chats, buckets;
};

static struct group_shape group_shape(const struct allocator *it, size_t first,
				      size_t end)
{
	struct group_shape shape = { 0, 0, 0 };
	uint64_t bucket = UINT64_MAX;

	for (size_t at = first, next; at < end; at = next) {
		uint64_t chat = it->sorted[at]->chat_number;

		next = chat_end(it, at, end);
		if (chat == 0) {
			shape.chats_wanted = next - at;
			continue;
		}
		shape.chats++;
		if (bucket_of(chat) != bucket)
			shape.buckets++;
		bucket = bucket_of(chat);
	}
	return shape;
}

static void append_buckets(struct allocator *it, size_t first, size_t end)
{
	uint64_t bucket = UINT64_MAX;
	char key[KEY_SIZE];

	for (size_t at = first; at < end; at = chat_end(it, at, end)) {
		const struct allocation *wanted = it->sorted[at];

		if (wanted->chat_number == 0 ||
		    bucket_of(wanted->chat_number) == bucket)
			continue;
		bucket = bucket_of(wanted->chat_number);
		bucket_key(key, wanted->application_id, it->generation,
			   wanted->chat_number);
		append_key(it, key);
	}
}

static void append_chats(struct allocator *it, size_t first, size_t end)
{
	uint64_t bucket = UINT64_MAX;
	size_t index = 1; /* KEYS[1] is the chat counter */

	for (size_t at = first, next; at < end; at = next) {
		uint64_t chat = it->sorted[at]->chat_number;

		next = chat_end(it, at, end);
		if (chat == 0)
			continue;
		if (bucket_of(chat) != bucket)
			index++;
		bucket = bucket_of(chat);
		redis_append_number(&it->bytes, index);
		redis_append_number(&it->bytes, chat);
		redis_append_number(&it->bytes, next - at);
	}
}

/* All that one application wants, sorted by chat. */
static void append_group(struct allocator *it, size_t first, size_t end)
{
	struct group_shape shape = group_shape(it, first, end);
	struct call *call = open_call(it, CALL_GROUP);
	char key[KEY_SIZE];

	call->first = first;
	call->count = end - first;
	append_head(it, SCRIPT_ALLOCATE, 1 + shape.buckets,
		    1 + 3 * shape.chats);
	chats_key(key, it->sorted[first]->application_id, it->generation);
	append_key(it, key);
	append_buckets(it, first, end);
	redis_append_number(&it->bytes, shape.chats_wanted);
	append_chats(it, first, end);
	close_call(it, call);
}

static void append_beat(struct allocator *it)
{
	struct call *call = open_call(it, CALL_BEAT);

	append_head(it, SCRIPT_BEAT, 1, 1);
	append_key(it, SCRIPT_MARK_KEY);
	redis_append_number(&it->bytes, it->generation);
	close_call(it, call);
}

/* Keyed ones last, then by application, chat, and order of arrival. */
static int by_parent(const void *a, const void *b)
{
	const struct allocation *x = *(struct allocation *const *)a;
	const struct allocation *y = *(struct allocation *const *)b;

	if (!x->key != !y->key)
		return x->key ? 1 : -1;
	if (x->application_id != y->application_id)
		return x->application_id < y->application_id ? -1 : 1;
	if (x->chat_number != y->chat_number)
		return x->chat_number < y->chat_number ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool make_room(struct allocator *it, size_t n)
{
	struct allocation **sorted;
	struct call *calls;

	if (n <= it->capacity && it->calls)
		return true;
	sorted = realloc(it->sorted, (n + 1) * sizeof(*sorted));
	if (!sorted)
		return false;
	it->sorted = sorted;
	/* at most a load and a call for each, and the beat */
	calls = realloc(it->calls, (2 * n + 1) * sizeof(*calls));
	if (!calls)
		return false;
	it->calls = calls;
	it->capacity = n;
	return true;
}

static bool build(struct allocator *it, struct allocation **wanted, size_t n)
{
	size_t at, end;

	if (!make_room(it, n))
		return false;
	buf_clear(&it->bytes);
	it->call_count = 0;
	for (size_t i = 0; i < n; i++) {
		wanted[i]->order = (uint32_t)i;
		it->sorted[i] = wanted[i];
		if (wanted[i]->load != LOAD_NONE)
			append_load(it, wanted[i]);
	}
	if (n > 0)
		qsort(it->sorted, n, sizeof(it->sorted[0]), by_parent);
	for (at = 0; at < n && !it->sorted[at]->key; at = end) {
		uint64_t application = it->sorted[at]->application_id;

		for (end = at; end < n && !it->sorted[end]->key &&
			       it->sorted[end]->application_id == application;)
			end++;
		append_group(it, at, end);
	}
	for (; at < n; at++)
		append_keyed(it, at);
	append_beat(it);
	return !it->bytes.failed;
}

/* ---- reading the answers ---- */

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

		next = chat_end(it, at, end);
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

static enum fault read_answer(struct allocator *it, struct call *call,
			      const redisReply *reply, struct error *error)
{
	call->again = reply->type == REDIS_REPLY_ERROR &&
		      strncmp(reply->str, "NOSCRIPT", 8) == 0;
	if (call->again)
		return FAULT_NONE;
	if (reply->type == REDIS_REPLY_ERROR)
		return error_set(error, FAULT_TEMPORARY, 0, "Redis: %s",
				 reply->str);
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
		if (redisGetReply(it->redis, &reply) != REDIS_OK)
			return error_set(error, FAULT_TEMPORARY, it->redis->err,
					 "Redis: %s", it->redis->errstr);
		fault = read_answer(it, call, reply,
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
	if (!build(it, wanted, n))
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

enum fault allocator_free_key(struct allocator *allocator, uint32_t generation,
			      const struct allocation *allocation,
			      struct error *error)
{
	char record[KEY_SIZE + EVENT_KEY_MAX + 1];
	redisReply *reply;
	enum fault fault = FAULT_NONE;

	snprintf(record, sizeof(record),
		 "{%" PRIu64 "}:%" PRIu32 ":k:%" PRIu64 ":%.*s",
		 allocation->application_id, generation,
		 allocation->chat_number, (int)allocation->key_length,
		 allocation->key);
	reply = redisCommand(allocator->redis, "EVALSHA %s 1 %s %b",
			     allocator->sha[SCRIPT_FREE_KEY], record,
			     allocation->event_id.bytes,
			     sizeof(allocation->event_id.bytes));
	if (!reply)
		fault = error_set(error, FAULT_TEMPORARY, 0, "Redis: %s",
				  allocator->redis->errstr);
	freeReplyObject(reply);
	return fault;
}

enum fault allocator_read_mark(redisContext *redis, uint32_t *generation_r,
			       uint64_t *beat_r, struct error *error)
{
	redisReply *reply =
		redisCommand(redis, "HMGET " SCRIPT_MARK_KEY " gen beat");
	enum fault fault = FAULT_NONE;

	if (!reply || reply->type != REDIS_REPLY_ARRAY ||
	    reply->elements != 2) {
		fault = error_set(
			error, FAULT_TEMPORARY, 0, "Redis cannot be read: %s",
			reply && reply->str ? reply->str : redis->errstr);
	} else {
		const char *gen = reply->element[0]->str;
		const char *beat = reply->element[1]->str;

		*generation_r = gen ? (uint32_t)strtoul(gen, NULL, 10) : 0;
		*beat_r = beat ? strtoull(beat, NULL, 10) : 0;
	}
	freeReplyObject(reply);
	return fault;
}

enum fault allocator_promised(redisContext *redis, uint32_t generation,
			      uint64_t application_id, uint64_t chat_number,
			      uint64_t number, bool *promised_r,
			      struct error *error)
{
	enum fault fault = FAULT_NONE;
	redisReply *reply;
	char key[KEY_SIZE];

	if (chat_number == 0) {
		chats_key(key, application_id, generation);
		reply = redisCommand(redis, "HGET %s n", key);
	} else {
		bucket_key(key, application_id, generation, chat_number);
		reply = redisCommand(redis, "HGET %s %llu", key,
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
