#ifndef CONFAB_API_SEARCH_RESULT_H
#define CONFAB_API_SEARCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "api/search_request.h"
#include "common/text_query.h"

struct search_hit {
	struct search_place place;
	char *body; /* owned, NUL-terminated */
	size_t body_length;
	char *highlight; /* owned, NUL-terminated HTML, or NULL */
	size_t highlight_length;
};

/* Hits in order. All memory is the result's. */
struct search_result {
	struct search_hit *hits;
	size_t count;
	bool more;	/* there are hits behind the last one */
	bool truncated; /* time or rows ran out: hits may be missing */
};

#define SEARCH_RESULT_INIT                                                     \
	{                                                                      \
		NULL, 0, false, false                                          \
	}

void search_result_release(struct search_result *result);
void search_hit_release(struct search_hit *hit);
/* Gives each hit its highlight. False when memory ran out. */
bool search_result_highlight(struct search_result *result,
			     const struct text_query *query)
	__attribute__((warn_unused_result));

#endif
