#ifndef CONFAB_API_ALLOCATOR_PRIVATE_H
#define CONFAB_API_ALLOCATOR_PRIVATE_H

#include "api/allocator.h"
#include "api/scripts.h"

/* What the files of the allocator share; nobody else includes it. */

/* One script call of a pipeline and whose answer it is. */
struct call {
	enum { CALL_GROUP, CALL_KEYED, CALL_LOAD, CALL_BEAT } kind;
	size_t offset, length; /* of its bytes in `bytes` */
	size_t first, count;   /* CALL_GROUP, CALL_KEYED: of `sorted` */
	bool again;	       /* Redis did not know the script */
};

struct allocator {
	redisContext *redis;
	char run_id[REDIS_RUN_ID_SIZE];
	char sha[SCRIPTS][SCRIPT_SHA_SIZE];
	uint64_t beat;
	uint32_t generation; /* of the run at hand */
	struct buf bytes;
	struct allocation **sorted;
	struct call *calls;
	size_t call_count, capacity;
};

/* ---- allocator_keys.c: the names of the keys that scripts.h tells of ---- */

#define ALLOCATOR_KEY_SIZE 96
#define ALLOCATOR_RECORD_SIZE (ALLOCATOR_KEY_SIZE + EVENT_KEY_MAX + 1)

uint64_t allocator_bucket(uint64_t chat);
void allocator_chats_key(char key_r[ALLOCATOR_KEY_SIZE], uint64_t application,
			 uint32_t generation);
void allocator_bucket_key(char key_r[ALLOCATOR_KEY_SIZE], uint64_t application,
			  uint32_t generation, uint64_t chat);
/* Of an idempotency key. */
void allocator_record_key(char key_r[ALLOCATOR_RECORD_SIZE],
			  const struct allocation *allocation,
			  uint32_t generation);

/* ---- allocator_build.c: the pipeline's bytes ---- */

/* False when memory is out. */
bool allocator_build(struct allocator *it, struct allocation **wanted, size_t n)
	__attribute__((warn_unused_result));
/* The end of the run of `sorted` that wants numbers of the same chat. */
size_t allocator_chat_end(const struct allocator *it, size_t at, size_t end);

/* ---- allocator_read.c: its answers ---- */

MUST_CHECK enum fault allocator_read(struct allocator *it, struct call *call,
				     const redisReply *reply,
				     struct error *error);

#endif
