#ifndef CONFAB_API_SEARCH_ENGINE_H
#define CONFAB_API_SEARCH_ENGINE_H

#include "api/search_breaker.h"
#include "api/search_request.h"
#include "api/search_result.h"
#include "common/elastic.h"
#include "common/fault.h"
#include "common/text_query.h"

/* The longest that a request waits for the engine, ms; sooner if the
 * request's own deadline is sooner. */
#define SEARCH_ENGINE_TIMEOUT_MS 800
/* The engine is asked to stop itself so long before, ms. */
#define SEARCH_ENGINE_MARGIN_MS 200

/*
 * Asks the engine where the hits are. It sends no texts, so that its answer is
 * small (about 100 bytes a hit) and comes as soon however long the messages
 * are: what breaks the time limit is the engine, and no tenant's hits.
 *
 * `elastic` is the calling thread's, `breaker` is everyone's. The query must
 * have a term. FAULT_NONE: *result_r is filled (release it). Any other fault:
 * ask search_sql_run() instead; error->code is SEARCH_ENGINE_SHUT when the
 * engine was not asked at all.
 */
#define SEARCH_ENGINE_SHUT (-1)
MUST_CHECK enum fault search_engine_run(struct elastic *elastic,
					struct search_breaker *breaker,
					const struct search_request *request,
					const struct text_query *query,
					struct search_result *result_r,
					struct error *error);

#endif
