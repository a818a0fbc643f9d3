#ifndef CONFAB_API_PAGES_H
#define CONFAB_API_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "api/request.h"
#include "common/event.h"

/*
 * Lists page by key, never by OFFSET. A page asks for one row more than its
 * limit to know whether there is more, and says so by Link (RFC 8288).
 *
 * Within an application the key is a number: after, before, order. Over all
 * tenants it is an opaque cursor of up to three whole numbers.
 */
#define PAGE_LIMIT_MAX 1000u
/* A list's body at the most: a page of large messages ends early and has a
 * next one. */
#define PAGE_BYTES_MAX (8u * 1024u * 1024u)
/* One row's object at the most: a text whose bytes all become \u00xx. */
#define PAGE_ROW_BYTES_MAX (6u * EVENT_BODY_MAX + 1024u)
/* So many rows with a text are read at once, as a result is held in memory as
 * a whole. */
#define PAGE_TEXT_ROWS (PAGE_BYTES_MAX / (EVENT_BODY_MAX + 1u))

struct page {
	struct request *request;
	uint64_t limit;
	uint64_t after, before; /* numbers, exclusive; before 0: none */
	bool descending;
	const char *list; /* whose cursor it is */
	uint64_t cursor[3];
	unsigned cursor_parts;
	/* while rows come */
	uint64_t count;
	bool more;
	uint64_t last_number;
};

/* Reads the query and starts the array; false: an answer is set. */
bool page_start(struct page *page, struct request *request)
	__attribute__((warn_unused_result));
/* `list` names the list: its cursors are none of another one. */
bool page_start_cursor(struct page *page, struct request *request,
		       const char *list, unsigned parts)
	__attribute__((warn_unused_result));
/* Where the next row's object goes, PAGE_ROW_BYTES_MAX at the most; NULL when
 * the page is full (stop). */
struct buf *page_next(struct page *page);
/* Closes the array and sets Link when there is more. */
void page_end(struct page *page);
void page_end_cursor(struct page *page);
/* A forward page that stopped at a hole that may still be filled: the reader
 * comes back for what follows `last_number`. */
void page_end_at_hole(struct page *page);

#endif
