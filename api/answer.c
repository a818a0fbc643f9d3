#include "api/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#define RETRY_AFTER_S 1

void answer_release(struct answer *answer)
{
	buf_release(&answer->body);
	buf_release(&answer->link);
}

struct buf *answer_json(struct answer *answer, unsigned status)
{
	answer->status = status;
	answer->content_type = "application/json; charset=utf-8";
	buf_clear(&answer->body);
	return &answer->body;
}

static void append_text(struct buf *out, const char *text)
{
	json_append_string(out, text, strlen(text));
}

void answer_problem(struct answer *answer, unsigned status, const char *detail)
{
	struct buf *body = answer_json(answer, status);

	answer->content_type = "application/problem+json; charset=utf-8";
	buf_append_text(body, "{\"type\":\"about:blank\",\"title\":");
	append_text(body, MHD_get_reason_phrase_for(status));
	buf_append_text(body, ",\"status\":");
	buf_append_u64(body, status);
	buf_append_text(body, ",\"detail\":");
	append_text(body, detail);
	buf_append_text(body, ",\"error\":");
	append_text(body, detail);
	if (status == MHD_HTTP_UNPROCESSABLE_CONTENT) {
		buf_append_text(body, ",\"errors\":[");
		append_text(body, detail);
		buf_append_char(body, ']');
	}
	buf_append_char(body, '}');
}

void answer_unavailable(struct answer *answer, const char *detail)
{
	answer_problem(answer, MHD_HTTP_SERVICE_UNAVAILABLE, detail);
	answer->retry_after_s = RETRY_AFTER_S;
}

struct headers {
	struct MHD_Response *response;
	bool failed;
};

static void add(struct headers *headers, const char *name, const char *value)
{
	if (MHD_add_response_header(headers->response, name, value) != MHD_YES)
		headers->failed = true;
}

static void add_rare(struct headers *headers, struct answer *answer)
{
	char number[32];

	if (*answer->location)
		add(headers, "Location", answer->location);
	if (answer->link.length > 0)
		add(headers, "Link", answer->link.data);
	if (answer->retry_after_s > 0) {
		snprintf(number, sizeof(number), "%u", answer->retry_after_s);
		add(headers, "Retry-After", number);
	}
	if (answer->allow)
		add(headers, "Allow", answer->allow);
	if (answer->search_engine)
		add(headers, "X-Search-Engine", answer->search_engine);
	if (answer->search_truncated)
		add(headers, "X-Search-Truncated", "true");
	if (answer->challenge)
		add(headers, "WWW-Authenticate", "Bearer realm=\"confab\"");
	if (answer->replayed)
		add(headers, "Idempotency-Replayed", "true");
	if (answer->waited_s > 0) {
		snprintf(number, sizeof(number), "wait=%u", answer->waited_s);
		add(headers, "Preference-Applied", number);
	}
	if (answer->close)
		add(headers, "Connection", "close");
	if (!cors_add_headers(&answer->cors, answer->allow, headers->response))
		headers->failed = true;
}

enum MHD_Result answer_send(struct answer *answer,
			    struct MHD_Connection *connection,
			    const char *request_id)
{
	enum MHD_Result result = MHD_NO;
	struct headers headers = { NULL, false };
	size_t length = 0;
	char *body;

	if (answer->body.failed || answer->link.failed) {
		buf_clear(&answer->link); /* a part of it may be there */
		answer_problem(answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
			       "The server is out of memory.");
	}
	body = buf_take(&answer->body, &length);
	headers.response = MHD_create_response_from_buffer(
		length, body,
		body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (!headers.response) {
		free(body);
		return MHD_NO;
	}
	if (length > 0)
		add(&headers, "Content-Type", answer->content_type);
	add(&headers, "X-Request-Id", request_id);
	add_rare(&headers, answer);
	/* without memory for a header the connection is closed instead */
	if (!headers.failed)
		result = MHD_queue_response(connection, answer->status,
					    headers.response);
	MHD_destroy_response(headers.response);
	return result;
}
