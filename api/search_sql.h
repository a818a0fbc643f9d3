#ifndef CONFAB_API_SEARCH_SQL_H
#define CONFAB_API_SEARCH_SQL_H

#include "api/search_request.h"
#include "api/search_result.h"
#include "common/fault.h"
#include "common/sql.h"
#include "common/text_query.h"

/*
 * The mode without an engine: reads the scope's rows by key, the highest
 * numbers first, in pages, and matches each with common/text_match.h. Hits,
 * scores and order are the engine's as long as the scope fits into the bounds
 * below; when it does not, result->truncated is set and the hits are those of
 * the rows that were read. In a chat these are its newest messages, in wider
 * scopes those of the newest chats (of the newest applications).
 *
 * A page of a cursor reads the rows again: its cost is that of the first one.
 * In memory at once are the rows of one statement, 8 MiB of text at the most,
 * and the places of the best.
 */
#define SEARCH_SQL_ROWS_MAX 100000u
#define SEARCH_SQL_TIMEOUT_MS 1200 /* or till the request's deadline */

/* The query must have a term. FAULT_NONE: *result_r is filled (release it). */
MUST_CHECK enum fault search_sql_run(struct sql *sql,
				     const struct search_request *request,
				     const struct text_query *query,
				     struct search_result *result_r,
				     struct error *error);

#endif
