#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/promises.h"
#include "ctl/query.h"
#include "ctl/redis.h"

/* As in the keys that the API makes (api/allocator_keys.c): {application}:
 * generation:c and :m:bucket, with so many chats in a bucket. */
#define CHATS_PER_BUCKET 512u
static const char NUMBERING_SQL[] =
	"SELECT generation, state = 'open',"
	" CAST(GREATEST(beat, (SELECT COALESCE(MAX(a.beat), 0)"
	" FROM allocators a WHERE a.generation = numbering.generation))"
	" AS UNSIGNED)"
	" FROM numbering WHERE id = 1";
/* A mark says that all below it are rows only if it counts as many: reconcile
 * and time move it over numbers that may come yet. */
#define DENSE                                                                  \
	"CAST(IF(settled_count = settled_number, settled_number, 0)"           \
	" AS UNSIGNED)"
static const char DENSE_CHATS_SQL[] =
	"SELECT " DENSE " FROM applications WHERE id = ?";
static const char DENSE_MESSAGES_SQL[] =
	"SELECT number, " DENSE " FROM chats WHERE application_id = ?"
	" AND number BETWEEN ? AND ?";

void promises_release(struct promises *promises)
{
	free(promises->list);
	*promises = (struct promises)PROMISES_INIT;
}

static enum fault add(struct promises *promises, const struct promise *promise,
		      struct error *error)
{
	if (promise->highest <= promise->floor)
		return FAULT_NONE;
	if (promises->count == promises->capacity) {
		size_t capacity =
			promises->capacity > 0 ? promises->capacity * 2 : 64;
		struct promise *grown =
			realloc(promises->list, capacity * sizeof(*grown));

		if (grown == NULL)
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
		promises->list = grown;
		promises->capacity = capacity;
	}
	promises->list[promises->count++] = *promise;
	return FAULT_NONE;
}

/* ---- counters ---- */

struct reading {
	struct ctl *ctl;
	struct promises *promises;
	uint32_t generation;
};

/* The numbers of a bucket's chats, and up to where all of them are rows. */
struct bucket {
	uint64_t first; /* chat */
	uint64_t highest[CHATS_PER_BUCKET], dense[CHATS_PER_BUCKET];
};

static bool take_dense(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct bucket *bucket = context;
	uint64_t at = query_value_u64(&columns[0]) - bucket->first;

	if (count == 2 && at < CHATS_PER_BUCKET)
		bucket->dense[at] = query_value_u64(&columns[1]);
	return true;
}

static enum fault add_bucket(struct reading *reading, uint64_t application_id,
			     struct bucket *bucket, struct error *error)
{
	const struct sql_value params[] = {
		sql_u64(application_id), sql_u64(bucket->first),
		sql_u64(bucket->first + CHATS_PER_BUCKET - 1)
	};
	enum fault fault = sql_run(reading->ctl->sql, DENSE_MESSAGES_SQL,
				   params, 3, take_dense, bucket, NULL, error);

	for (size_t i = 0; fault == FAULT_NONE && i < CHATS_PER_BUCKET; i++) {
		const struct promise promise = { application_id,
						 bucket->first + i,
						 bucket->dense[i],
						 bucket->highest[i] };

		fault = add(reading->promises, &promise, error);
	}
	return fault;
}

static enum fault take_messages(struct reading *reading,
				uint64_t application_id, uint64_t number,
				const char *const *fields, size_t count,
				struct error *error)
{
	struct bucket *bucket = calloc(1, sizeof(*bucket));
	enum fault fault;

	if (bucket == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	bucket->first = number * CHATS_PER_BUCKET + 1;
	for (size_t i = 0; i < count; i++) {
		uint64_t at = strtoull(fields[2 * i], NULL, 10);

		if (at < CHATS_PER_BUCKET)
			bucket->highest[at] =
				strtoull(fields[2 * i + 1], NULL, 10);
	}
	fault = add_bucket(reading, application_id, bucket, error);
	free(bucket);
	return fault;
}

static enum fault take_chats(struct reading *reading, uint64_t application_id,
			     const char *const *fields, size_t count,
			     struct error *error)
{
	const struct sql_value id = sql_u64(application_id);
	struct promise promise = { .application_id = application_id };
	enum fault fault = query_u64(reading->ctl->sql, DENSE_CHATS_SQL, &id, 1,
				     &promise.floor, error);

	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[2 * i], "n") == 0)
			promise.highest = strtoull(fields[2 * i + 1], NULL, 10);
	return fault == FAULT_NONE ? add(reading->promises, &promise, error)
				   : fault;
}

/* A key of a client's, in a record of it, may look alike: only all of the key
 * counts. */
static enum fault take_key(void *context, const char *key,
			   const char *const *fields, size_t count,
			   struct error *error)
{
	struct reading *reading = context;
	uint64_t application_id, bucket = 0;
	char chats[64], messages[96];

	if (sscanf(key, "{%" SCNu64 "}", &application_id) != 1)
		return FAULT_NONE;
	snprintf(chats, sizeof(chats), "{%" PRIu64 "}:%" PRIu32 ":c",
		 application_id, reading->generation);
	if (strcmp(key, chats) == 0)
		return take_chats(reading, application_id, fields, count,
				  error);
	chats[strlen(chats) - 1] = '\0';
	if (strncmp(key, chats, strlen(chats)) != 0 ||
	    sscanf(key + strlen(chats), "m:%" SCNu64, &bucket) != 1)
		return FAULT_NONE;
	snprintf(messages, sizeof(messages), "%sm:%" PRIu64, chats, bucket);
	if (strcmp(key, messages) != 0)
		return FAULT_NONE;
	return take_messages(reading, application_id, bucket, fields, count,
			     error);
}

/* ---- the generation ---- */

struct numbering {
	uint64_t generation, beat;
	bool open;
};

static bool take_numbering(void *context, const struct sql_value *columns,
			   size_t count)
{
	struct numbering *numbering = context;

	if (count == 3) {
		numbering->generation = query_value_u64(&columns[0]);
		numbering->open = query_value_u64(&columns[1]) != 0;
		numbering->beat = query_value_u64(&columns[2]);
	}
	return false;
}

/* Read before Redis' mark, whose beat may rise meanwhile. */
static enum fault read_numbering(struct ctl *ctl, struct numbering *numbering_r,
				 struct error *error)
{
	return sql_run(ctl->sql, NUMBERING_SQL, NULL, 0, take_numbering,
		       numbering_r, NULL, error);
}

/* FAULT_NONE: Redis serves this generation, and has lost nothing of it that
 * anybody would know. */
static enum fault check_mark(struct redis *redis,
			     const struct numbering *numbering,
			     struct error *error)
{
	struct redis_mark mark = { 0, 0 };
	enum fault fault = redis_read_mark(redis, &mark, error);

	if (fault == FAULT_NONE && (mark.generation != numbering->generation ||
				    mark.beat < numbering->beat))
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the numbers are in recovery");
	return fault;
}

static enum fault read_counters(struct ctl *ctl, struct redis *redis,
				const struct numbering *numbering,
				struct promises *promises, struct error *error)
{
	struct reading reading = { ctl, promises,
				   (uint32_t)numbering->generation };
	char pattern[64];
	enum fault fault = check_mark(redis, numbering, error);

	snprintf(pattern, sizeof(pattern), "{[0-9]*}:%" PRIu32 ":[cm]*",
		 reading.generation);
	if (fault == FAULT_NONE)
		fault = redis_each_hash(redis, pattern, take_key, &reading,
					error);
	/* or what was read may lack what it had lost in between */
	if (fault == FAULT_NONE)
		fault = check_mark(redis, numbering, error);
	return fault;
}

enum fault promises_read(struct ctl *ctl, struct promises *promises_r,
			 struct error *error)
{
	struct numbering numbering = { 0, 0, false };
	struct redis *redis = NULL;
	enum fault fault = read_numbering(ctl, &numbering, error);

	*promises_r = (struct promises)PROMISES_INIT;
	if (fault != FAULT_NONE || numbering.generation == 0)
		return fault; /* 0: no number was ever given */
	if (!numbering.open)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the numbers are in recovery");
	fault = redis_connect(ctl->settings->redis_url, &redis, error);
	if (fault == FAULT_NONE)
		fault = read_counters(ctl, redis, &numbering, promises_r,
				      error);
	redis_free(&redis);
	return fault;
}
