#ifndef CONFAB_API_SEARCH_TOP_H
#define CONFAB_API_SEARCH_TOP_H

#include <stdbool.h>
#include <stddef.h>

#include "api/search_result.h"

/* The best places of a stream of them, at most `limit`. */
struct search_top {
	struct search_place *places; /* a heap, the worst one in front */
	size_t count, limit;
	bool more; /* some place had to go */
};

/* False when memory ran out. */
bool search_top_init(struct search_top *top, size_t limit)
	__attribute__((warn_unused_result));
void search_top_release(struct search_top *top);
/* Keeps the place if it is good enough. */
void search_top_add(struct search_top *top, const struct search_place *place);
/* Moves the places, in order, and `more` into `result`. */
void search_top_finish(struct search_top *top, struct search_result *result);

#endif
