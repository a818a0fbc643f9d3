#ifndef CONFAB_API_LISTS_H
#define CONFAB_API_LISTS_H

#include "api/holes.h"
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
	uint64_t rows_at_once;
	void (*render)(struct list *list, const struct sql_value *columns,
		       struct buf *out);
	/* the list's own: numbers that are not read yet, both inclusive */
	uint64_t low, high;
	uint64_t rows; /* of the statement that was run last */
	bool at_hole;
	struct hole hole;
};

/* Reads until the page is full or the list ends; sets the answer. */
void lists_run(struct list *list, struct worker *worker);

#endif
