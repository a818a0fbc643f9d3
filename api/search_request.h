#ifndef CONFAB_API_SEARCH_REQUEST_H
#define CONFAB_API_SEARCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/cursor.h"
#include "common/buf.h"

#define SEARCH_LIMIT_MAX 1000u

/* The place of a hit in the order of all hits: best score first, then newest,
 * then by application, chat and number downwards. */
struct search_place {
	float score; /* 0: no place */
	int64_t created_at_ms;
	uint64_t application_id;
	uint64_t chat_number;
	uint64_t number;
};

struct search_request {
	/* The scope comes from the route, never from a text. */
	uint64_t application_id; /* 0: the whole system */
	uint64_t chat_number;	 /* 0: all chats */
	const char *text;	 /* valid UTF-8, not NUL-terminated */
	size_t length;
	unsigned limit; /* 1 to SEARCH_LIMIT_MAX */
	bool fuzzy;
	bool highlight;
	struct job_key *key;	   /* that cursors are sealed under */
	struct search_place after; /* hits behind this place; score 0: all */
	int64_t deadline_ms; /* clock_monotonic_ms() by when to have answered */
};

/* < 0 when `a` comes before `b`. */
int search_place_compare(const struct search_place *a,
			 const struct search_place *b);

/*
 * The `cursor` parameter: the place of the last hit of a page, bound to the
 * request's scope, text and fuzziness. False when the key is not known or
 * memory is out.
 */
bool search_cursor_encode(const struct search_request *request,
			  const struct search_place *last, struct buf *out)
	__attribute__((warn_unused_result));
/* A good one is what search_cursor_encode() gives for the same search; it sets
 * request->after. */
enum cursor_result search_cursor_decode(struct search_request *request,
					const char *cursor, size_t length)
	__attribute__((warn_unused_result));

#endif
