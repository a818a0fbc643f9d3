#ifndef CONFAB_COUNTER_DUE_H
#define CONFAB_COUNTER_DUE_H

#include <stddef.h>

#include "common/fault.h"
#include "common/sql.h"
#include "counter/parent.h"

/* The other side of dirty_chats: which parents are due, and what becomes of
 * them when they were counted. */
struct due;

/* `most`: parents at once. NULL when memory is out. */
struct due *due_new(struct sql *sql, size_t most);
/* After the connection. */
void due_free(struct due **due);

/* Locks and reads up to `most` parents that are due; sorted by key. */
MUST_CHECK enum fault due_take(struct due *due, struct parent *parents_r,
			       size_t *n_r, struct error *error);
/* Forgets the parents that are done and puts the others off. */
MUST_CHECK enum fault due_settle(struct due *due, const struct parent *parents,
				 size_t n, struct error *error);

#endif
