#ifndef CONFAB_COMMON_ELASTIC_H
#define CONFAB_COMMON_ELASTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/event.h"
#include "common/fault.h"
#include "common/metrics.h"

/*
 * Elasticsearch 8 or OpenSearch 2 over libcurl: only what both share. One
 * client is for one thread and keeps its connection.
 */
#define ELASTIC_ALIAS "confab-messages"
#define ELASTIC_INDEX "confab-messages-v1"

struct elastic;

/* Call before any thread starts, and at the end. */
MUST_CHECK bool elastic_library_init(void);
void elastic_library_release(void);

/* `url` (credentials in it are used and never shown) must outlive it; with an
 * empty one every request is FAULT_TEMPORARY. NULL when memory is out. */
struct elastic *elastic_new(const char *url);
void elastic_free(struct elastic **elastic);

struct elastic_answer {
	long status;	  /* HTTP */
	const char *body; /* NUL-terminated; valid until the next call */
	size_t length;
};

/* One request; `body` may be NULL, `content_type` NULL means JSON. Fault NONE:
 * an answer came, whatever its status. Bounded by timeout_ms and an answer of
 * 64 MiB. UNSURE: sent, but no whole answer came. */
MUST_CHECK enum fault elastic_request(struct elastic *elastic,
				      const char *method, const char *path,
				      const char *body, size_t length,
				      const char *content_type, int timeout_ms,
				      struct elastic_answer *answer_r,
				      struct error *error);

/* What an item's or an answer's HTTP status means: 2xx and 409 NONE; 429, 5xx,
 * 404 (the index is away), 401 and 403 (rights) TEMPORARY; other 4xx
 * PERMANENT. */
enum fault elastic_classify(long status);

/* Requests of this process; rows of a table of families. */
extern struct metric_histogram elastic_seconds;
extern struct metric_series elastic_failures;
#define ELASTIC_FAMILIES                                                       \
	{ "confab_elasticsearch_request_seconds",                              \
	  "How long a request to the search engine took.",                     \
	  METRIC_HISTOGRAM,                                                    \
	  NULL,                                                                \
	  &elastic_seconds,                                                    \
	  1 },                                                                 \
	{                                                                      \
		"confab_elasticsearch_failures_total",                         \
			"Requests that got no whole answer, or one of 5xx or " \
			"429.",                                                \
			METRIC_COUNTER, &elastic_failures, NULL, 1             \
	}

/* ---- the index ---- */

struct elastic_state; /* common/elastic_state.h */

/* How often a document that was written becomes findable. */
#define ELASTIC_REFRESH "1s"

/* Creates `index` with the mapping of messages. `aliases` is a JSON object,
 * `refresh` its refresh_interval, "-1" for none. An index of that name is
 * FAULT_PERMANENT. */
MUST_CHECK enum fault elastic_create_index(struct elastic *elastic,
					   const char *index,
					   const char *aliases,
					   const char *refresh,
					   struct error *error);
/* Creates ELASTIC_INDEX with the aliases that the state lacks. */
MUST_CHECK enum fault elastic_create_missing(struct elastic *elastic,
					     const struct elastic_state *state,
					     struct error *error);
/* Creates ELASTIC_INDEX and ELASTIC_ALIAS when the alias is missing. Any
 * number of processes may do so at once. */
MUST_CHECK enum fault elastic_ensure_index(struct elastic *elastic,
					   struct error *error);

/* ---- documents ---- */

#define ELASTIC_ID_SIZE                                                        \
	sizeof("18446744073709551615-18446744073709551615-"                    \
	       "18446744073709551615")

/* "12-3-45" */
void elastic_document_id(const struct event *event, char *id_r, size_t size);
/* Appends the `_bulk` action and document lines of a message.created or
 * message.updated event: id app-chat-number, routing by application, external
 * version = generation of the number, then revision. Sets out->failed when
 * memory is out. */
void elastic_append_document(const struct event *event, struct buf *out);
/* The same for the index behind an alias that is not that of the request. */
void elastic_append_document_to(const char *alias, const struct event *event,
				struct buf *out);

/* Called for each action of a `_bulk` body, in order. `type` is the engine's
 * word for what went wrong, "" if nothing. */
typedef void elastic_item_fn(void *context, size_t action, long status,
			     const char *type);

/*
 * Sends a `_bulk` body of `actions` actions to `alias`, and never creates an
 * index by it: without the alias, or while it takes no writes
 * (common/elastic_state.h), each action's status is 404. FAULT_NONE:
 * `item` was called for each. FAULT_PERMANENT, code 413: send fewer at once.
 * Anything else holds for the whole body, as nothing is known of any action.
 */
MUST_CHECK enum fault elastic_bulk(struct elastic *elastic, const char *alias,
				   const struct buf *body, size_t actions,
				   elastic_item_fn *item, void *context,
				   struct error *error);
/* The answer's part of elastic_bulk(), for tests. */
MUST_CHECK enum fault elastic_read_bulk_answer(const char *body, size_t length,
					       size_t actions,
					       elastic_item_fn *item,
					       void *context,
					       struct error *error);

#endif
