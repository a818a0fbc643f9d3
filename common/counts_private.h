#ifndef CONFAB_COMMON_COUNTS_PRIVATE_H
#define CONFAB_COMMON_COUNTS_PRIVATE_H

#include <stddef.h>

#include "common/counts.h"

/* What counts.c and counts_chats.c share. */

/* Numbers that one statement counts over, so that it ends in time. */
#define COUNTS_RANGE UINT64_C(1000000)

struct counts_chat {
	uint64_t number;
	bool locked;
	uint64_t messages_count, settled_number, settled_count;
	uint64_t rows, highest; /* what is there */
};

struct counts {
	struct sql *sql;
	uint64_t application_id; /* the one begun, or else the last one done */
	bool begun;
	uint64_t last_chat;	   /* of it, done */
	struct counts_chat *chats; /* the set, sorted */
	size_t chat_count;
	size_t set_chats; /* how many to choose: fewer after a slow set */
	struct counts_progress progress;
};

/* Chats of one set, and their messages, at the most. */
#define COUNTS_SET_CHATS 500
#define COUNTS_SET_ROWS UINT64_C(200000)

/* Answers of one row with up to so many numbers; 0 where there is none. */
#define COUNTS_ANSWERS 4
MUST_CHECK enum fault counts_ask(struct counts *counts, const char *statement,
				 const uint64_t *params, size_t n,
				 uint64_t answers_r[COUNTS_ANSWERS],
				 struct error *error);

/* Fills the set with the chats behind last_chat; an empty one means that the
 * application has no more. */
MUST_CHECK enum fault counts_choose_set(struct counts *counts,
					struct error *error);
/* The number of the set's last chat. */
uint64_t counts_set_end(const struct counts *counts);
/* Locks the set's chats, counts their messages and corrects what is wrong;
 * adds to *corrected_r. In a transaction. */
MUST_CHECK enum fault counts_work_on_set(struct counts *counts,
					 uint64_t *corrected_r,
					 struct error *error);

#endif
