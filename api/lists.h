#ifndef CONFAB_API_LISTS_H
#define CONFAB_API_LISTS_H

#include "api/pages.h"
#include "api/worker.h"

/*
 * Lists of numbered things within one parent: chats of an application,
 * messages of a chat. Forward pages end before a hole that may still be
 * filled (I6).
 */
struct list {
	struct page page;
	uint64_t application_id;
	uint64_t chat_number; /* 0: the list is of chats */
	/* Two statements with the parameters: application, [chat,] after,
	 * before, limit. The first column is the number. */
	const char *ascending, *descending;
	void (*render)(struct list *list, const struct sql_value *columns,
		       struct buf *out);
	/* the list's own */
	uint64_t expected;
	bool at_hole;
	struct hole *hole;
};

/* Reads page by page until the page is full or ends; sets the answer. */
void lists_run(struct list *list, struct worker *worker);

#endif
