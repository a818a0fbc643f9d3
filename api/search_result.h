#ifndef CONFAB_API_SEARCH_RESULT_H
#define CONFAB_API_SEARCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "api/search_request.h"

/* Where the hits are, in order; search_page.h reads their texts. The memory is
 * the result's. */
struct search_result {
	struct search_place *places;
	size_t count;
	bool more;	/* there are hits behind the last one */
	bool truncated; /* time or rows ran out: hits may be missing */
};

#define SEARCH_RESULT_INIT                                                     \
	{                                                                      \
		NULL, 0, false, false                                          \
	}

void search_result_release(struct search_result *result);

#endif
