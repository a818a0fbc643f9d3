#ifndef CONFAB_COUNTER_DIRTY_H
#define CONFAB_COUNTER_DIRTY_H

#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/sql.h"

/*
 * Where events go first: a batch becomes one row of dirty_chats for each
 * parent that it touches. An event is settled when that is committed, so
 * nothing is lost with a counter; marking twice changes nothing.
 */
struct dirty;

/* A parent and the range of numbers that events have announced for it. */
struct dirty_row {
	uint64_t application_id;
	uint64_t chat_number; /* 0: the application's own chats */
	uint64_t lowest, announced;
};

/* Reduces events to rows sorted by parent; `rows_r` has room for n. Returns
 * how many. Edits change no count and are left out. */
size_t dirty_reduce(const struct event *const *events, size_t n,
		    struct dirty_row *rows_r);

/* `sql` is the caller's. NULL when memory is out. */
struct dirty *dirty_new(struct sql *sql, size_t most_events);
/* After the connection. */
void dirty_free(struct dirty **dirty);
/* Marks the parents of up to `most_events` events, durably. */
MUST_CHECK enum fault dirty_mark(struct dirty *dirty,
				 const struct event *const *events, size_t n,
				 struct error *error);

#endif
