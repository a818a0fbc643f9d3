#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/parents.h"
#include "api/query.h"
#include "api/search_breaker.h"
#include "api/search_engine.h"
#include "api/search_sql.h"
#include "api/server.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/utf8.h"

#define SEARCH_TIMEOUT_MS 1400
#define SEARCH_TEXT_MAX 200u /* characters */
#define SEARCH_LIMIT_DEFAULT 100u

static struct search_breaker breaker = SEARCH_BREAKER_INIT;

static bool refuse(struct request *request, const char *detail)
{
	answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST, detail);
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
		has = result == QUERY_BAD || (result == QUERY_FOUND &&
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
	if (q != QUERY_FOUND || !**text_r)
		return refuse(request, "q is missing.");
	if (utf8_count(*text_r, strlen(*text_r)) > SEARCH_TEXT_MAX)
		return refuse(request, "q may have 200 characters.");
	return true;
}

static bool read_cursor(struct request *request, struct search_request *search)
{
	char *text = NULL;
	enum query_result result = query_find(request->query, "cursor", &text);
	bool good = result == QUERY_ABSENT;

	if (result == QUERY_FOUND)
		good = search_cursor_decode(search, text, strlen(text));
	free(text);
	return good || refuse(request, "cursor is not one of this search.");
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

struct token_of {
	uint64_t application_id;
	char token[REQUEST_TOKEN_LENGTH + 1];
};

static bool read_token(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct token_of *of = context;

	(void)count;
	if (columns[0].as.bytes.length == REQUEST_TOKEN_LENGTH)
		memcpy(of->token, columns[0].as.bytes.data,
		       REQUEST_TOKEN_LENGTH);
	return false;
}

/* Hits of one application stand together often: the last one is kept. */
static const char *token_of(struct worker *worker, struct token_of *of,
			    uint64_t application_id)
{
	static const char statement[] =
		"SELECT token FROM applications WHERE id = ?";
	struct sql_value id = sql_u64(application_id);
	struct error error;

	if (of->application_id == application_id)
		return of->token;
	of->application_id = application_id;
	of->token[0] = '\0';
	if (sql_run(worker->sql, statement, &id, 1, read_token, of, NULL,
		    &error) != FAULT_NONE)
		of->application_id = 0;
	return of->token;
}

static void render(struct request *request, struct worker *worker,
		   const struct search_request *search,
		   const struct search_result *result,
		   const struct member *shape)
{
	struct buf *body = answer_json(&request->answer, MHD_HTTP_OK);
	struct token_of of = { 0 };

	buf_append_char(body, '[');
	for (size_t i = 0; i < result->count; i++) {
		const struct search_hit *hit = &result->hits[i];
		struct record record = {
			.token = "",
			.chat_number = hit->place.chat_number,
			.number = hit->place.number,
			.body = hit->body,
			.body_length = hit->body_length,
			.created_at_ms = hit->place.created_at_ms,
			.score = (double)hit->place.score,
			.highlight = hit->highlight,
			.highlight_length = hit->highlight_length,
		};

		if (search->application_id == 0)
			record.token = token_of(worker, &of,
						hit->place.application_id);
		if (i > 0)
			buf_append_char(body, ',');
		dialect_render(shape, &record, body);
	}
	buf_append_char(body, ']');
}

/* The text may hold anything, so it is escaped anew. */
static void append_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
		    c == '_' || c == '.')
			buf_append_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void link_next(struct request *request,
		      const struct search_request *search, const char *text,
		      const struct search_result *result)
{
	struct buf *link = &request->answer.link;

	if (!result->more || result->count == 0)
		return;
	buf_printf(link, "<%s?q=", request->target);
	append_escaped(link, text);
	buf_printf(link, "&limit=%u", search->limit);
	if (search->fuzzy)
		buf_append_text(link, "&fuzzy=true");
	if (search->highlight)
		buf_append_text(link, "&highlight=true");
	buf_append_text(link, "&cursor=");
	search_cursor_encode(search, &result->hits[result->count - 1].place,
			     link);
	buf_append_text(link, ">; rel=\"next\"");
}

/* ---- searching ---- */

/* The engine if it is there and answers in time, else the rows. */
static enum fault run(struct request *request, struct worker *worker,
		      const struct search_request *search,
		      const struct text_query *query,
		      struct search_result *result, struct error *error)
{
	if (worker->elastic) {
		request->answer.search_engine = "elasticsearch";
		if (search_engine_run(worker->elastic, &breaker, search, query,
				      result, error) == FAULT_NONE)
			return FAULT_NONE;
		if (error->code != SEARCH_ENGINE_SHUT)
			log_event(LOG_WARNING, "engine-failed",
				  LOG_TEXT("reason", error->text));
	}
	request->answer.search_engine = "sql";
	return search_sql_run(worker->sql, search, query, result, error);
}

static void answer(struct request *request, struct worker *worker,
		   const struct search_request *search, const char *text,
		   const struct member *shape)
{
	struct search_result result = SEARCH_RESULT_INIT;
	struct error error = ERROR_INIT;
	struct text_query query;

	if (!text_query_init(&query, search->text, search->length,
			     search->fuzzy)) {
		answer_unavailable(&request->answer,
				   "The server is out of memory.");
	} else if (run(request, worker, search, &query, &result, &error) !=
		   FAULT_NONE) {
		worker_sql_failed(request, &error);
	} else {
		render(request, worker, search, &result, shape);
		link_next(request, search, text, &result);
		request->answer.search_truncated = result.truncated;
		search_result_release(&result);
	}
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
			answer(request, worker, &search, text, shape);
	}
	free(text);
}

void search_chat(struct request *request, struct worker *worker)
{
	bool stored;

	if (parents_find_chat(request, worker, &stored))
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
