#ifndef CONFAB_COMMON_BATCH_H
#define CONFAB_COMMON_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/consumer.h"
#include "common/dead_letter.h"
#include "common/event.h"
#include "common/inflight.h"

/*
 * The events that are offered to the sink, from when their line is cut until
 * they are settled. No I/O of its own.
 */
struct batch_item {
	struct event event;
	struct inflight_line line;
	bool decoded;
	bool offered; /* to the sink before */
	bool settled;
	struct condemned *condemned; /* owned; NULL: it is for the sink */
};

struct condemned {
	struct dead_letter letter;
	struct verdict verdict; /* that the letter's texts are in */
};

struct batch {
	size_t max_events, max_bytes;
	struct batch_item *items; /* in order of arrival */
	size_t count;
	size_t limit; /* events to one write, at most max_events */
	char *scratch;
	size_t scratch_size;
	/* what one write is called with; `offer` says which items they are */
	const struct event **events;
	struct verdict *verdicts;
	size_t *offer;
};

/* False when memory is out; batch_release() in any case. */
bool batch_init(struct batch *batch, size_t max_events, size_t max_bytes)
	__attribute__((warn_unused_result));
void batch_release(struct batch *batch);
/* Forgets all items: their deliveries are about to go. */
void batch_clear(struct batch *batch);

/*
 * Decodes again what is left from before and takes further lines, up to the
 * batch's bounds. A line that is no event of ours is condemned as malformed.
 * FAULT_TEMPORARY when memory is out.
 */
MUST_CHECK enum fault batch_fill(struct batch *batch, struct inflight *inflight,
				 struct error *error);

struct batch_result {
	size_t offered, settled, condemned, again;
};

/*
 * One write of the sink with up to `limit` of the items that are for it, and
 * its verdicts applied: settled, condemned or left for the next time. Offers
 * nothing when there is nothing. The fault is the one that speaks for the
 * whole batch, FAULT_BUG also when one verdict says so; *error also tells the
 * first temporary verdict's detail, with FAULT_NONE returned.
 */
MUST_CHECK enum fault batch_write(struct batch *batch, const struct sink *sink,
				  struct batch_result *result_r,
				  struct error *error);

/* The condemned, in order, up to `size`; returns how many. They are the
 * batch's, valid until batch_settle(); batch_bury() settles them. */
size_t batch_condemned(struct batch *batch, struct dead_letter **letters_r,
		       size_t size);
/* The first n of the condemned are recorded: they are settled. */
void batch_bury(struct batch *batch, size_t n);

/* Tells the deliveries which of their lines are settled, and drops those. */
void batch_settle(struct batch *batch);

#endif
