#ifndef CONFAB_API_SEARCH_QUERY_H
#define CONFAB_API_SEARCH_QUERY_H

#include <stddef.h>

#include "api/search_request.h"
#include "api/search_result.h"
#include "common/buf.h"
#include "common/fault.h"
#include "common/text_query.h"

/*
 * What is sent to Elasticsearch or OpenSearch and what comes back. Every
 * clause scores a constant (common/text_match.h has them), so that a score
 * says how well the text fits and nothing of what other tenants write, and so
 * that SQL mode can give the same.
 */

/* "/confab-messages/_search?routing=12" */
void search_query_append_path(const struct search_request *request,
			      struct buf *out);
/* The request's body, for one hit more than its limit. All that is wanted of a
 * hit is what it is sorted by: reading stored fields, of which a document's id
 * is one, costs the engine more the longer the texts are. The query must have
 * a term. `timeout_ms`: after that the engine answers with what it has. */
void search_query_append_body(const struct search_request *request,
			      const struct text_query *query, int timeout_ms,
			      struct buf *out);
/* Reads the body of a 200. Anything but what we asked for is FAULT_PERMANENT,
 * shards that failed FAULT_TEMPORARY. */
MUST_CHECK enum fault search_query_parse(const struct search_request *request,
					 const char *answer, size_t length,
					 struct search_result *result_r,
					 struct error *error);

#endif
