#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/health.h"
#include "api/parents.h"
#include "api/query.h"
#include "api/search_breaker.h"
#include "api/search_engine.h"
#include "api/search_page.h"
#include "api/search_sql.h"
#include "api/server.h"
#include "api/status.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/utf8.h"

#define SEARCH_TIMEOUT_MS 1300
#define SEARCH_TEXT_MAX 200u /* characters */
#define SEARCH_LIMIT_DEFAULT 100u

static struct search_breaker breaker = SEARCH_BREAKER_INIT;
struct metric_series search_answers[2] = {
	{ .labels = "engine=\"elasticsearch\"" },
	{ .labels = "engine=\"sql\"" },
};
struct metric_series search_fallbacks = { .labels = "" };

bool search_avoids_engine(void)
{
	return search_breaker_is_open(&breaker);
}

static bool refuse(struct request *request, const char *detail)
{
	answer_problem(&request->answer, HTTP_BAD_REQUEST, detail);
	return false;
}

static bool no_memory(struct request *request)
{
	answer_unavailable(&request->answer, "The server is out of memory.");
	return false;
}

bool search_has_text(struct request *request)
{
	static const char *const names[] = { "q", "query" };
	bool has = false;

	for (size_t i = 0; i < 2 && !has; i++) {
		char *text = NULL;
		enum query_result result =
			query_find(request->query, names[i], &text);

		/* a bad one is for the search to refuse */
		has = result == QUERY_BAD || result == QUERY_NO_MEMORY ||
		      (result == QUERY_FOUND &&
		       !utf8_blank(text, strlen(text)));
		free(text);
	}
	return has;
}

/* q and query are the same parameter: one of them, once. */
static bool read_text(struct request *request, char **text_r)
{
	enum query_result q = query_find(request->query, "q", text_r);
	enum query_result other;

	if (q == QUERY_BAD)
		return refuse(request, "q is not valid.");
	if (q == QUERY_ABSENT) {
		q = query_find(request->query, "query", text_r);
	} else {
		char *second = NULL;

		other = query_find(request->query, "query", &second);
		free(second);
		if (other != QUERY_ABSENT)
			return refuse(request,
				      "q and query exclude each other.");
	}
	if (q == QUERY_NO_MEMORY)
		return no_memory(request);
	if (q != QUERY_FOUND || !**text_r)
		return refuse(request, "q is missing.");
	if (utf8_count(*text_r, strlen(*text_r)) > SEARCH_TEXT_MAX)
		return refuse(request, "q may have 200 characters.");
	return true;
}

static bool read_cursor(struct request *request, struct search_request *search)
{
	enum cursor_result result = CURSOR_FOREIGN;
	char *text = NULL;

	switch (query_find(request->query, "cursor", &text)) {
	case QUERY_ABSENT:
		return true;
	case QUERY_FOUND:
		result = search_cursor_decode(search, text, strlen(text));
		break;
	case QUERY_BAD:
		break;
	case QUERY_NO_MEMORY:
		return no_memory(request);
	}
	free(text);
	if (result == CURSOR_NO_KEY)
		answer_unavailable(&request->answer, "The server is starting.");
	return result == CURSOR_GOOD ||
	       (result == CURSOR_FOREIGN &&
		refuse(request, "cursor is not one of this search."));
}

static bool read_options(struct request *request, struct search_request *search)
{
	const char *query = request->query;
	uint64_t limit = SEARCH_LIMIT_DEFAULT;

	if (query_number(query, "limit", 1, SEARCH_LIMIT_MAX, &limit) ==
	    QUERY_BAD)
		return refuse(request, "limit must be 1 to 1000.");
	if (query_choice(query, "fuzzy", "false", "true", &search->fuzzy) ==
	    QUERY_BAD)
		return refuse(request, "fuzzy must be true or false.");
	if (query_choice(query, "highlight", "false", "true",
			 &search->highlight) == QUERY_BAD)
		return refuse(request, "highlight must be true or false.");
	search->limit = (unsigned)limit;
	return read_cursor(request, search);
}

/* ---- answering ---- */

/* The text may hold anything, so it is escaped anew. */
static void append_escaped(struct buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
		    c == '_' || c == '.')
			buf_append_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

/* The next page goes on behind `last`. */
static void link_next(struct request *request,
		      const struct search_request *search,
		      const struct search_place *last)
{
	struct buf *link = &request->answer.link;

	buf_printf(link, "<%s?q=", request->target);
	append_escaped(link, search->text, search->length);
	buf_printf(link, "&limit=%u", search->limit);
	if (search->fuzzy)
		buf_append_text(link, "&fuzzy=true");
	if (search->highlight)
		buf_append_text(link, "&highlight=true");
	buf_append_text(link, "&cursor=");
	if (!search_cursor_encode(search, last, link)) {
		buf_clear(link);
		answer_unavailable(&request->answer, "The server is starting.");
		return;
	}
	buf_append_text(link, ">; rel=\"next\"");
}

/* ---- searching ---- */

static bool has_engine(const struct request *request,
		       const struct worker *worker)
{
	return worker->elastic && health_index_fits(request->server->health);
}

/* A query without a word: nobody is asked, and who would have been is told. */
static void name_engine(struct request *request, const struct worker *worker)
{
	bool engine = has_engine(request, worker) &&
		      !search_breaker_is_open(&breaker);

	request->answer.search_engine = engine ? "elasticsearch" : "sql";
}

/* The engine if it is there and answers in time, else the rows. */
static enum fault find(struct request *request, struct worker *worker,
		       struct search_page *page, struct search_result *result,
		       struct error *error)
{
	const struct search_request *search = page->request;
	const struct text_query *query = page->query;

	if (query->count == 0) {
		name_engine(request, worker);
		return FAULT_NONE;
	}
	if (has_engine(request, worker)) {
		request->answer.search_engine = "elasticsearch";
		page->elastic = worker->elastic;
		if (search_engine_run(worker->elastic, &breaker, search, query,
				      result, error) == FAULT_NONE) {
			metric_add(&search_answers[0], 1);
			return FAULT_NONE;
		}
		page->elastic = NULL;
		if (error->code != SEARCH_ENGINE_SHUT)
			log_event(LOG_WARNING, "engine-failed",
				  LOG_TEXT("reason", error->text));
	}
	request->answer.search_engine = "sql";
	if (worker->elastic)
		metric_add(&search_fallbacks, 1);
	metric_add(&search_answers[1], 1);
	return search_sql_run(worker->sql, search, query, result, error);
}

static void answer(struct request *request, struct worker *worker,
		   const struct search_request *search,
		   const struct text_query *query, const struct member *shape)
{
	struct search_result result = SEARCH_RESULT_INIT;
	struct error error = ERROR_INIT;
	struct search_page page = {
		.request = search,
		.query = query,
		.shape = shape,
		.out = answer_json(&request->answer, HTTP_OK),
	};
	enum fault fault = find(request, worker, &page, &result, &error);

	if (fault == FAULT_NONE)
		fault = search_page_write(&page, worker->sql, &result, &error);
	if (fault != FAULT_NONE) {
		worker_sql_failed(request, &error);
	} else {
		request->answer.search_truncated =
			result.truncated || page.truncated;
		if (page.passed > 0 &&
		    (page.passed < result.count || result.more))
			link_next(request, search,
				  &result.places[page.passed - 1]);
	}
	search_result_release(&result);
}

static void run(struct request *request, struct worker *worker,
		const struct search_request *search, const struct member *shape)
{
	struct text_query query;

	if (text_query_init(&query, search->text, search->length,
			    search->fuzzy))
		answer(request, worker, search, &query, shape);
	else
		answer_unavailable(&request->answer,
				   "The server is out of memory.");
	text_query_release(&query);
}

static void search(struct request *request, struct worker *worker,
		   uint64_t chat_number, const struct member *shape)
{
	struct search_request search = {
		.application_id = request->application_id,
		.chat_number = chat_number,
		.key = request->server->job_key,
		.deadline_ms = clock_monotonic_ms() + SEARCH_TIMEOUT_MS,
	};
	char *text = NULL;

	if (read_text(request, &text)) {
		search.text = text;
		search.length = strlen(text);
		if (read_options(request, &search))
			run(request, worker, &search, shape);
	}
	free(text);
}

void search_chat(struct request *request, struct worker *worker)
{
	if (parents_find_chat(request, worker))
		search(request, worker, request->chat_number,
		       request->dialect->hit);
}

void search_application(struct request *request, struct worker *worker)
{
	if (parents_find(request, worker))
		search(request, worker, 0, request->dialect->wide_hit);
}

void search_system(struct request *request, struct worker *worker)
{
	search(request, worker, 0, dialect_system_hit);
}
