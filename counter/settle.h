#ifndef CONFAB_COUNTER_SETTLE_H
#define CONFAB_COUNTER_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The arithmetic of counts, without SQL. A parent is a chat with its messages
 * or an application with its chats. Below its mark everything is settled: each
 * number is a row, or is known to become none; `count` of them are rows. What
 * is above is counted anew each time, a short range scan.
 */
struct settle_mark {
	uint64_t number;
	uint64_t count; /* rows up to and with `number` */
};

/* What is known of one number: a row, or (void, dead letter) none. */
struct settle_entry {
	uint64_t number;
	bool stored;
	int64_t at_ms; /* when the number's event was accepted */
};

/*
 * A number that nothing is known of may still wait in the persist queue,
 * however long its neighbours are stored: persisters can have been down for
 * hours. It is taken for final when a row stands that was accepted so much
 * later than its upper neighbour, since the queue is drained in order.
 */
#define SETTLE_HOLE_MS INT64_C(3600000)
/* What was announced and never came is no longer waited for; the reconcile
 * finds it if it comes after all. */
#define SETTLE_GIVE_UP_MS INT64_C(86400000)

/*
 * Moves the mark over `count` rows that lie above it with `highest` as the
 * highest number, if they leave no hole. True if they do not.
 */
bool settle_advance_dense(struct settle_mark *mark, uint64_t count,
			  uint64_t highest);
/*
 * Moves the mark over entries, sorted by number and rows in front, all of them
 * that lie above it. Holes below an entry of before `final_before_ms` are
 * final. False when it stopped at another hole.
 */
bool settle_advance(struct settle_mark *mark,
		    const struct settle_entry *entries, size_t count,
		    int64_t final_before_ms);
/* The argument for it: `newest_ms` is the time of the highest row, `dirty_ms`
 * how long the mark has stood while something was missing. */
int64_t settle_final_before(int64_t newest_ms, int64_t dirty_ms);

/* True when an event of number `lowest` may have brought a row that the mark
 * has left behind as a final hole: the mark goes back below it. */
bool settle_must_go_back(const struct settle_mark *mark, uint64_t lowest);
/* True when nothing up to `announced` is waited for any more. */
bool settle_is_done(const struct settle_mark *mark, uint64_t announced,
		    int64_t dirty_ms);
/* When to look again, in ms: soon while young, once a minute when old. */
int64_t settle_wait_ms(int64_t dirty_ms);

#endif
