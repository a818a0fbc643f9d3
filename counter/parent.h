#ifndef CONFAB_COUNTER_PARENT_H
#define CONFAB_COUNTER_PARENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counter/settle.h"

/* A parent whose count is due: what dirty_chats says of it, what its own row
 * says, and what the rows below it say. */
struct parent {
	uint64_t application_id;
	uint64_t chat_number; /* 0: the application and its chats */

	uint64_t lowest, announced;
	int64_t dirty_ms; /* since the mark last moved */

	bool locked; /* its row is there, and locked by us */
	uint64_t old_count;
	struct settle_mark old_mark;

	struct settle_mark mark;
	uint64_t above, highest; /* rows above the mark, their last number */
	uint64_t count;
};

/* Orders by application, then chat; for qsort() and bsearch(). */
int parent_compare(const void *left, const void *right);
/* The one with this key among n sorted ones, or NULL. */
struct parent *parent_find(struct parent *parents, size_t n,
			   uint64_t application_id, uint64_t chat_number);

#endif
