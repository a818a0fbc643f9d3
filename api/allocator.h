#ifndef CONFAB_API_ALLOCATOR_H
#define CONFAB_API_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/redis.h"
#include "common/event.h"
#include "common/fault.h"

/*
 * Numbers from Redis, a whole batch in one pipeline: one script call for each
 * application (however many chats and messages), one for each keyed request,
 * and last of all the beat, which proves that the mark of this generation was
 * there all the time that the batch took its numbers.
 */
#define ALLOCATOR_KEY_LIFE_MS (24 * 60 * 60 * 1000)

enum allocation_outcome {
	ALLOCATION_GIVEN,
	ALLOCATION_REPLAYED,	 /* the key's own number, event id and time */
	ALLOCATION_KEY_MISMATCH, /* the key was used with another payload */
	ALLOCATION_NO_CHAT,
	ALLOCATION_LOAD_CHATS,	 /* the application's chat counter is unknown */
	ALLOCATION_LOAD_MESSAGES /* the chat's message counter is unknown */
};

enum allocation_load { LOAD_NONE, LOAD_CHATS, LOAD_MESSAGES };

/* One wanted number, with its answer. */
struct allocation {
	uint64_t application_id;
	uint64_t chat_number; /* 0: a chat is wanted */
	const char *key;      /* NULL: no idempotency key */
	size_t key_length;
	uint8_t fingerprint[EVENT_FINGERPRINT_SIZE];
	struct uuid event_id; /* replaced by the recorded one on replay */
	int64_t at_ms;	      /* likewise */
	/* the record of the key with this event id makes room for a new one */
	bool replaces;
	struct uuid replaced_id;
	enum allocation_load load; /* set this counter first, if it is unset */
	uint64_t load_value;
	enum allocation_outcome outcome;
	uint64_t number;
	uint32_t order; /* place in the batch */
};

struct allocator;

/* Takes the connection over; `run_id` is the Redis process' at its other end.
 * NULL on failure. */
struct allocator *allocator_new(redisContext *redis, const char *run_id,
				struct error *error);
void allocator_free(struct allocator **allocator);

/*
 * Allocates all of them in `generation`. FAULT_TEMPORARY: Redis is away, the
 * allocator must be freed, and nothing may be promised (some numbers may be
 * spent). FAULT_BUG: the mark is gone or the beat went back: Redis has lost
 * numbers, and nothing may be promised until a recovery.
 * n = 0 is a health check.
 */
MUST_CHECK enum fault allocator_run(struct allocator *allocator,
				    uint32_t generation,
				    struct allocation **wanted, size_t n,
				    struct error *error);

const char *allocator_run_id(const struct allocator *allocator);
/* The highest beat seen; kept when the allocator of a lost connection is
 * replaced: give the old value to the new one. */
uint64_t allocator_beat(const struct allocator *allocator);
void allocator_set_beat(struct allocator *allocator, uint64_t beat);

/* Reads the mark: 0 when there is none. */
MUST_CHECK enum fault allocator_read_mark(redisContext *redis,
					  uint32_t *generation_r,
					  uint64_t *beat_r,
					  struct error *error);

/* True when the number was handed out in this generation, by the counters.
 * chat_number 0 asks for a chat's. */
MUST_CHECK enum fault allocator_promised(redisContext *redis,
					 uint32_t generation,
					 uint64_t application_id,
					 uint64_t chat_number, uint64_t number,
					 bool *promised_r, struct error *error);

#endif
