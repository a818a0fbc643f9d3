#include "api/answer.h"

#include <string.h>

#include "api/status.h"
#include "common/json.h"

#define RETRY_AFTER_S 1
#define HEAD_ROOM 512u /* most heads need less */

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
	append_text(body, status_phrase(status));
	buf_append_text(body, ",\"status\":");
	buf_append_u64(body, status);
	buf_append_text(body, ",\"detail\":");
	append_text(body, detail);
	buf_append_text(body, ",\"error\":");
	append_text(body, detail);
	if (status == HTTP_UNPROCESSABLE_CONTENT) {
		buf_append_text(body, ",\"errors\":[");
		append_text(body, detail);
		buf_append_char(body, ']');
	}
	buf_append_char(body, '}');
}

void answer_unavailable(struct answer *answer, const char *detail)
{
	answer_problem(answer, HTTP_SERVICE_UNAVAILABLE, detail);
	answer->retry_after_s = RETRY_AFTER_S;
}

static void add(struct buf *out, const char *name, const char *value)
{
	buf_append_text(out, name);
	buf_append_text(out, ": ");
	buf_append_text(out, value);
	buf_append_text(out, "\r\n");
}

static void add_number(struct buf *out, const char *before, uint64_t number)
{
	buf_append_text(out, before);
	buf_append_u64(out, number);
	buf_append_text(out, "\r\n");
}

static void add_rare(struct buf *out, const struct answer *answer)
{
	if (*answer->location)
		add(out, "Location", answer->location);
	if (answer->link.length > 0)
		add(out, "Link", answer->link.data);
	if (answer->retry_after_s > 0)
		add_number(out, "Retry-After: ", answer->retry_after_s);
	if (answer->allow)
		add(out, "Allow", answer->allow);
	if (answer->search_engine)
		add(out, "X-Search-Engine", answer->search_engine);
	if (answer->search_truncated)
		add(out, "X-Search-Truncated", "true");
	if (answer->challenge)
		add(out, "WWW-Authenticate", "Bearer realm=\"confab\"");
	if (answer->replayed)
		add(out, "Idempotency-Replayed", "true");
	if (answer->waited_s > 0)
		add_number(out, "Preference-Applied: wait=", answer->waited_s);
	cors_add_headers(&answer->cors, answer->allow, out);
}

void answer_write(struct answer *answer, const struct answer_frame *frame,
		  struct buf *out)
{
	if (answer->body.failed || answer->link.failed) {
		buf_clear(&answer->link); /* a part of it may be there */
		answer_problem(answer, HTTP_INTERNAL_SERVER_ERROR,
			       "The server is out of memory.");
	}
	/* and if not even this can be said, its head will do */
	if (answer->body.failed)
		buf_clear(&answer->body);
	(void)buf_reserve(out, HEAD_ROOM);
	buf_append_text(out, "HTTP/1.1 ");
	buf_append_u64(out, answer->status);
	buf_append_char(out, ' ');
	buf_append_text(out, status_phrase(answer->status));
	buf_append_text(out, "\r\n");
	add(out, "Date", frame->date);
	if (answer->status != HTTP_NO_CONTENT)
		add_number(out, "Content-Length: ", answer->body.length);
	if (answer->body.length > 0)
		add(out, "Content-Type", answer->content_type);
	if (frame->close)
		add(out, "Connection", "close");
	else if (frame->old)
		add(out, "Connection", "keep-alive");
	add(out, "X-Request-Id", frame->request_id);
	add_rare(out, answer);
	buf_append_text(out, "\r\n");
}
