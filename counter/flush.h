#ifndef CONFAB_COUNTER_FLUSH_H
#define CONFAB_COUNTER_FLUSH_H

#include <stddef.h>

#include "common/fault.h"
#include "common/metrics.h"
#include "common/sql.h"

/*
 * Brings counts up to date: takes parents that are due out of dirty_chats,
 * counts, writes the counts and forgets the parents, in one transaction. Rows
 * that another counter holds are passed over, so any number may work at once.
 */
struct flush;

/* Parents of one transaction. */
#define FLUSH_PARENTS ((size_t)256)

/* `sql` is the caller's. NULL when memory is out. */
struct flush *flush_new(struct sql *sql);
/* After the connection. */
void flush_free(struct flush **flush);
/* One transaction; *taken_r: how many parents were due, FLUSH_PARENTS when
 * there may be more. After a fault nothing has changed. */
MUST_CHECK enum fault flush_run(struct flush *flush, size_t *taken_r,
				struct error *error);

/* How long counts that have changed were due. */
extern struct metric_histogram flush_due_seconds;

#endif
