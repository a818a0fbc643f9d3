#ifndef CONFAB_COMMON_INFLIGHT_H
#define CONFAB_COMMON_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/amqp.h"

/*
 * The deliveries in hand, in order of arrival, and how far each is settled.
 * A delivery is cut into its lines once; it may be acknowledged when all of it
 * was cut and each of its lines is settled. No I/O: the consumer loop does it.
 */
struct inflight_entry {
	struct inflight_entry *next;
	struct amqp_delivery *delivery; /* owned */
	size_t cut;			/* bytes of the body that were cut */
	unsigned open; /* lines that were cut and not settled */
};

struct inflight {
	struct inflight_entry *first;
	struct inflight_entry **end;  /* the last one's `next`, or `first` */
	struct inflight_entry *uncut; /* the first that has lines left */
	size_t count;
	size_t bytes; /* of bodies */
};

/* A line without its newline; points into the delivery. */
struct inflight_line {
	struct inflight_entry *entry;
	const char *text;
	size_t length;
};

/* An object of zeroes is empty; it must not move. Frees all deliveries. */
void inflight_clear(struct inflight *inflight);
/* Takes the delivery over and nulls the pointer. False when memory is out:
 * the delivery stays the caller's. */
bool inflight_add(struct inflight *inflight, struct amqp_delivery **delivery)
	__attribute__((warn_unused_result));
/*
 * Cuts the next line that is not blank. False when there is none, or when it
 * is longer than `room` (it is then still there). The line stays valid until
 * it is settled.
 */
bool inflight_next_line(struct inflight *inflight, size_t room,
			struct inflight_line *line_r);
/* One line of this delivery is settled. */
void inflight_settle(struct inflight_entry *entry);
/*
 * The next acknowledgement that is due, if any: call until false. The run of
 * settled deliveries at the front becomes one with *multiple_r, those behind
 * an unsettled one follow one by one. Frees what it tells to acknowledge.
 */
bool inflight_next_ack(struct inflight *inflight, uint64_t *tag_r,
		       bool *multiple_r);

#endif
