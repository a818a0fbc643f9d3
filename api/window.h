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
	bool returned;	   /* no queue took it */
	int64_t leased_ms; /* when the Redis command of its numbers was sent */
	struct commit *commits; /* a list, in the order of the events */
	struct event *voids;	/* of a tombstone message; owned */
	size_t void_count;
};

enum settlement {
	SETTLED_CONFIRMED,
	SETTLED_REFUSED, /* nacked or returned: certainly in no queue */
	SETTLED_LOST	 /* the link went away before the broker said */
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
/* Settles all of them as lost. */
void window_lose_all(struct window *window);

#endif
