#ifndef CONFAB_API_SEARCH_PAGE_H
#define CONFAB_API_SEARCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/dialect.h"
#include "api/search_request.h"
#include "api/search_result.h"
#include "common/buf.h"
#include "common/elastic.h"
#include "common/fault.h"
#include "common/sql.h"
#include "common/text_query.h"

/*
 * From places to an answer. The texts come from the rows, which are the truth,
 * so what a page shows is never older than what the lists show; a text that
 * was edited since it was found and does not match any more gives no hit. What
 * the engine found and SQL does not have, as it is not stored yet or SQL is
 * away, is shown as the engine has it.
 *
 * A page ends at PAGE_BYTES_MAX, and the next one goes on behind it. In memory
 * at once are the page and the texts of SEARCH_PAGE_ROWS messages twice, 4 MiB
 * at the most (of the engine's, up to six times that where JSON escapes them).
 */
#define SEARCH_PAGE_ROWS 32u

struct search_page {
	const struct search_request *request;
	const struct text_query *query;
	const struct member *shape;
	struct elastic *elastic; /* that found the places; NULL: SQL did */
	struct buf *out;	 /* empty at first */
	size_t passed;		 /* places that the page has done with */
	bool truncated;		 /* a text could not be had in time */
};

/* Sets `passed` and `truncated`, and writes the hits as a JSON array. The page
 * is full when page->passed is less than result->count. Running out of memory
 * for `out` shows in out->failed. */
MUST_CHECK enum fault search_page_write(struct search_page *page,
					struct sql *sql,
					const struct search_result *result,
					struct error *error);

#endif
