#ifndef CONFAB_CTL_DEAD_ROWS_H
#define CONFAB_CTL_DEAD_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/sql.h"

/*
 * The rows of the table dead_letters. One event may have a row for each queue
 * that refused it; they are taken together, by the event's id.
 */
struct dead_ids {
	struct uuid *ids; /* in the order in which to publish; heap */
	size_t count, capacity;
};

/* All of them, or the one of `only` (NULL: all). dead_ids_release() in either
 * case. */
MUST_CHECK enum fault dead_ids_read(struct sql *sql, const struct uuid *only,
				    struct dead_ids *ids_r,
				    struct error *error);
void dead_ids_release(struct dead_ids *ids);

struct dead_row {
	struct uuid id;
	bool found;
	struct buf line; /* the event with its newline */
	/* How often it was refused, and sent to the queue of dead letters: by
	 * all, and by persisters alone. */
	uint64_t copies, persist_times;
	bool unstored; /* the persister refused it, so it has no row */
	/* What `line` says, when it is an event of ours. */
	bool decoded;
	struct event event;
	struct buf scratch; /* `event` points into it and into `line` */
};

#define DEAD_ROW_INIT                                                          \
	{                                                                      \
		.line = BUF_INIT, .scratch = BUF_INIT                          \
	}

/* Reads and locks the rows of an id, inside a transaction. The row may be used
 * for one id after the other. */
MUST_CHECK enum fault dead_row_read(struct sql *sql, const struct uuid *id,
				    struct dead_row *row, struct error *error);
/* Deletes the rows of all queues, or but the persisters'. */
MUST_CHECK enum fault dead_row_delete(struct sql *sql, const struct uuid *id,
				      struct error *error);
MUST_CHECK enum fault dead_row_delete_others(struct sql *sql,
					     const struct uuid *id,
					     struct error *error);
void dead_row_release(struct dead_row *row);

#endif
