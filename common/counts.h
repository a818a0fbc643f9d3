#ifndef CONFAB_COMMON_COUNTS_H
#define CONFAB_COMMON_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/sql.h"

/*
 * Computes all counts anew from the rows, which are the truth: chats'
 * messages_count, applications' chats_count and messages_count, and the marks
 * that the counter counts on from. Set by set, each in a transaction of its
 * own, so it may be stopped anywhere and run beside counters and persisters.
 */
struct counts;

struct counts_progress {
	uint64_t applications, chats; /* seen so far */
	uint64_t rows;		      /* messages counted */
	uint64_t corrected; /* rows of chats and applications that were wrong */
};

/* `sql` is the caller's, outside a transaction. NULL when memory is out. */
struct counts *counts_new(struct sql *sql);
void counts_free(struct counts **counts);
/*
 * Does the next set: some hundred chats of an application with up to some
 * 100,000 messages (or one larger chat), or an application's own row.
 * *done_r: it was the last one; the next step begins anew. After a fault the
 * next step does the same set again.
 */
MUST_CHECK enum fault counts_step(struct counts *counts, bool *done_r,
				  struct error *error);
const struct counts_progress *counts_progress(const struct counts *counts);

#endif
