#include <stdlib.h>
#include <string.h>

#include "api/allocator_private.h"

static void append_key(struct allocator *it, const char *key)
{
	redis_append_argument(&it->bytes, key, strlen(key));
}

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
	char key[ALLOCATOR_KEY_SIZE];

	if (wanted->load == LOAD_CHATS) {
		allocator_chats_key(key, wanted->application_id,
				    it->generation);
		append_head(it, SCRIPT_LOAD_CHATS, 1, 1);
		append_key(it, key);
	} else {
		allocator_bucket_key(key, wanted->application_id,
				     it->generation, wanted->chat_number);
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
	char key[ALLOCATOR_KEY_SIZE], record[ALLOCATOR_RECORD_SIZE];
	uint64_t chat = wanted->chat_number ? wanted->chat_number : 1;

	call->first = index;
	call->count = 1;
	append_head(it, SCRIPT_ALLOCATE_KEYED, 3, 6);
	allocator_chats_key(key, wanted->application_id, it->generation);
	append_key(it, key);
	allocator_bucket_key(key, wanted->application_id, it->generation, chat);
	append_key(it, key);
	allocator_record_key(record, wanted, it->generation);
	append_key(it, record);
	redis_append_number(&it->bytes, wanted->chat_number);
	redis_append_argument(&it->bytes, wanted->event_id.bytes,
			      sizeof(wanted->event_id.bytes));
	redis_append_argument(&it->bytes, wanted->fingerprint,
			      sizeof(wanted->fingerprint));
	redis_append_number(&it->bytes, (uint64_t)wanted->at_ms);
	redis_append_number(&it->bytes, ALLOCATOR_KEY_LIFE_MS);
	redis_append_argument(
		&it->bytes, wanted->replaced_id.bytes,
		wanted->replaces ? sizeof(wanted->replaced_id.bytes) : 0);
	close_call(it, call);
}

size_t allocator_chat_end(const struct allocator *it, size_t at, size_t end)
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

		next = allocator_chat_end(it, at, end);
		if (chat == 0) {
			shape.chats_wanted = next - at;
			continue;
		}
		shape.chats++;
		if (allocator_bucket(chat) != bucket)
			shape.buckets++;
		bucket = allocator_bucket(chat);
	}
	return shape;
}

static void append_buckets(struct allocator *it, size_t first, size_t end)
{
	uint64_t bucket = UINT64_MAX;
	char key[ALLOCATOR_KEY_SIZE];

	for (size_t at = first; at < end;
	     at = allocator_chat_end(it, at, end)) {
		const struct allocation *wanted = it->sorted[at];

		if (wanted->chat_number == 0 ||
		    allocator_bucket(wanted->chat_number) == bucket)
			continue;
		bucket = allocator_bucket(wanted->chat_number);
		allocator_bucket_key(key, wanted->application_id,
				     it->generation, wanted->chat_number);
		append_key(it, key);
	}
}

/* The chats of one bucket from `first` on; returns where the next one
 * begins. */
static size_t append_bucket(struct allocator *it, size_t first, size_t end)
{
	uint64_t bucket = allocator_bucket(it->sorted[first]->chat_number);
	size_t chats = 0, stop = first, next;

	for (; stop < end &&
	       allocator_bucket(it->sorted[stop]->chat_number) == bucket;
	     stop = allocator_chat_end(it, stop, end))
		chats++;
	redis_append_number(&it->bytes, bucket * SCRIPT_CHATS_PER_BUCKET + 1);
	redis_append_number(&it->bytes, chats);
	for (size_t at = first; at < stop; at = next) {
		uint64_t chat = it->sorted[at]->chat_number;

		next = allocator_chat_end(it, at, stop);
		redis_append_number(&it->bytes,
				    (chat - 1) % SCRIPT_CHATS_PER_BUCKET);
		redis_append_number(&it->bytes, next - at);
	}
	return stop;
}

/* All that one application wants, sorted by chat. */
static void append_group(struct allocator *it, size_t first, size_t end)
{
	struct group_shape shape = group_shape(it, first, end);
	struct call *call = open_call(it, CALL_GROUP);
	char key[ALLOCATOR_KEY_SIZE];

	call->first = first;
	call->count = end - first;
	append_head(it, SCRIPT_ALLOCATE, 1 + shape.buckets,
		    1 + 2 * (shape.buckets + shape.chats));
	allocator_chats_key(key, it->sorted[first]->application_id,
			    it->generation);
	append_key(it, key);
	append_buckets(it, first, end);
	redis_append_number(&it->bytes, shape.chats_wanted);
	/* those that want chats come first */
	for (size_t at = first + shape.chats_wanted; at < end;)
		at = append_bucket(it, at, end);
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

bool allocator_build(struct allocator *it, struct allocation **wanted, size_t n)
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
