#ifndef CONFAB_CTL_MESSAGE_PAGES_H
#define CONFAB_CTL_MESSAGE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/sql.h"

/*
 * A walk over the rows of messages in key order, page by page: no page costs
 * more than another, and none holds up what writes. A row becomes the event
 * that would have stored it.
 */
struct message_pages {
	struct sql *sql;
	/* The last row that was seen. */
	uint64_t application_id, chat_number, number;
};

/*
 * Calls `take` for each row of the next page; its texts are valid during the
 * call only. When `take` returns false, the page ends with that row.
 * *rows_r 0: the walk is at its end.
 */
MUST_CHECK enum fault
message_pages_next(struct message_pages *pages,
		   bool (*take)(void *context, const struct event *),
		   void *context, size_t *rows_r, struct error *error);

#endif
