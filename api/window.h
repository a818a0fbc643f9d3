#ifndef CONFAB_API_WINDOW_H
#define CONFAB_API_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/amqp.h"
#include "common/event.h"
#include "common/uuid.h"

/*
 * The AMQP messages that await their confirm, and how acks (single or
 * multiple, in any order, twice), nacks and returns settle them. Touches no
 * network.
 */
struct commit;

struct publication {
	uint64_t sequence; /* its confirm number; 0: the slot is free */
	char message_id[UUID_TEXT_SIZE];
	size_t bytes;
	uint32_t generation; /* of its numbers */
	bool returned;	     /* no queue took it */
	int64_t leased_ms; /* when the Redis command of its numbers was sent */
	int64_t published_us;
	struct commit *commits; /* a list, in the order of the events */
	struct event *voids;	/* of a tombstone message; owned */
	size_t void_count;
};

enum settlement {
	SETTLED_CONFIRMED,
	SETTLED_REFUSED, /* returned: certainly in no queue */
	/* Nacked, which means that one queue at least did not take it, or the
	 * link went away before the broker said: some queues may have it. */
	SETTLED_UNSURE
};

#define WINDOW_SLOTS 128

struct window {
	struct publication slots[WINDOW_SLOTS];
	unsigned used;
	size_t bytes; /* of all of them */
	/* The publication's content is the callee's; the slot is freed. */
	void (*settle)(void *context, struct publication *publication,
		       enum settlement settlement);
	void *context;
};

bool window_add(struct window *window, const struct publication *publication)
	__attribute__((warn_unused_result));
void window_notice(struct window *window, const struct amqp_notice *notice);
/* The link is gone: settles all of them as unsure. */
void window_lose_all(struct window *window);

#endif
