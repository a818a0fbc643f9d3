#include "api/headers.h"
#include "api/status.h"

#include <string.h>
#include <strings.h>

#include "api/config.h"
#include "api/server.h"
#include "common/clock.h"
#include "common/uuid.h"

struct seen {
	struct request *request;
	unsigned keys, types, authorizations, parents;
	unsigned status; /* of the first problem */
	const char *problem;
	const char *request_id, *expect, *origin;
	bool preflight, waits;
};

static void refuse(struct seen *seen, unsigned status, const char *problem)
{
	if (seen->problem)
		return;
	seen->status = status;
	seen->problem = problem;
}

static void set_request_id(struct request *request, const char *theirs)
{
	struct uuid id;

	request->named = theirs && trace_request_valid(theirs, strlen(theirs));
	if (request->named)
		memcpy(request->request_id, theirs, strlen(theirs) + 1);
	else if (uuid_new(clock_wall_ms(), &id))
		uuid_format(&id, request->request_id);
	else
		memcpy(request->request_id, "-", sizeof("-"));
}

/* One digit run behind "wait="; anything else is ignored (RFC 7240, 2). */
static unsigned parse_wait(const char *text)
{
	unsigned seconds = 0;
	size_t digits;

	text += strspn(text, "\"");
	digits = strspn(text, "0123456789");
	if (digits == 0)
		return 0;
	if (text[digits] != '\0' && !strchr(" \t,;\"", text[digits]))
		return 0;
	for (size_t i = 0; i < digits; i++)
		if (seconds <= REQUEST_WAIT_MAX_S)
			seconds = seconds * 10 + (unsigned)(text[i] - '0');
	return seconds > REQUEST_WAIT_MAX_S ? REQUEST_WAIT_MAX_S : seconds;
}

static void read_prefer(struct seen *seen, const char *value)
{
	struct request *request = seen->request;

	while (*value) {
		size_t length;

		value += strspn(value, " \t,");
		length = strcspn(value, ",");
		if (!seen->waits && strncasecmp(value, "wait", 4) == 0) {
			const char *at = value + 4 + strspn(value + 4, " \t");

			/* of several the first one counts */
			seen->waits = *at == '=';
			if (seen->waits)
				request->wait_s = parse_wait(
					at + 1 + strspn(at + 1, " \t"));
		}
		value += length;
	}
}

static bool valid_key(const char *key)
{
	size_t length = strlen(key);

	if (length < 1 || length > 255)
		return false;
	for (; *key; key++)
		if (*key < 0x21 || *key > 0x7e)
			return false;
	return true;
}

static void read_key(struct seen *seen, const char *value)
{
	if (++seen->keys > 1)
		refuse(seen, HTTP_BAD_REQUEST,
		       "The header Idempotency-Key is repeated.");
	else if (!valid_key(value))
		refuse(seen, HTTP_BAD_REQUEST,
		       "Idempotency-Key must be 1 to 255 visible ASCII "
		       "characters.");
	seen->request->idempotency_key = value;
}

static void read_type(struct seen *seen, const char *value)
{
	if (++seen->types > 1)
		refuse(seen, HTTP_BAD_REQUEST,
		       "The header Content-Type is repeated.");
	seen->request->content_type = value;
}

static void read_authorization(struct seen *seen, const char *value)
{
	if (++seen->authorizations > 1)
		refuse(seen, HTTP_BAD_REQUEST,
		       "The header Authorization is repeated.");
	seen->request->authorization = value;
}

static void read_coding(struct seen *seen, const char *value)
{
	if (strcasecmp(value, "identity") != 0)
		refuse(seen, HTTP_UNSUPPORTED_MEDIA_TYPE,
		       "Encoded bodies are not accepted.");
}

static void read_request_id(struct seen *seen, const char *value)
{
	seen->request_id = value;
}

/* One that is repeated is as good as none (Trace Context, 3.2). */
static void read_parent(struct seen *seen, const char *value)
{
	struct request *request = seen->request;

	if (++seen->parents > 1 ||
	    !trace_parent_parse(value, strlen(value), request->traceparent))
		request->traceparent[0] = '\0';
}

static void read_expect(struct seen *seen, const char *value)
{
	seen->expect = value;
	if (strcasecmp(value, "100-continue") == 0)
		seen->request->expects = true;
}

static void read_origin(struct seen *seen, const char *value)
{
	seen->origin = value;
}

static void read_preflight(struct seen *seen, const char *value)
{
	(void)value;
	seen->preflight = true;
}

static const struct reader {
	const char *name;
	void (*read)(struct seen *seen, const char *value);
} readers[] = {
	{ "Content-Type", read_type },
	{ "Idempotency-Key", read_key },
	{ "Prefer", read_prefer },
	{ "X-Request-Id", read_request_id },
	{ "traceparent", read_parent },
	{ "Authorization", read_authorization },
	{ "Content-Encoding", read_coding },
	{ "Expect", read_expect },
	{ "Origin", read_origin },
	{ "Access-Control-Request-Method", read_preflight },
};

static void read_header(struct seen *seen, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcasecmp(name, readers[i].name) == 0)
			readers[i].read(seen, value);
}

/* The next request on this connection could be no request at all. */
static bool check_framing(struct request *request, const struct head *head)
{
	if (head->status == 0)
		return true;
	answer_problem(&request->answer, head->status, head->problem);
	request->answer.close = true;
	request->at_once = true;
	return false;
}

static void check_sizes(struct seen *seen, const struct head *head)
{
	if (head->target_length > HEAD_TARGET_MAX)
		refuse(seen, HTTP_URI_TOO_LONG, HEAD_TARGET_TOO_LONG);
	if (head_fields_size(head) > HEAD_FIELDS_MAX)
		refuse(seen, HTTP_HEADERS_TOO_LARGE, HEAD_FIELDS_TOO_LONG);
}

/* RFC 9110, 10.1.1; HTTP/1.0 knows no expectations. */
static void check_expectation(struct seen *seen, const struct head *head)
{
	struct request *request = seen->request;

	if (head->old || !seen->expect) {
		request->expects = false;
	} else if (!request->expects) {
		refuse(seen, HTTP_EXPECTATION_FAILED,
		       "The only expectation that is met is 100-continue.");
		request->expects = true;
	}
}

static void check_length(struct seen *seen, const struct head *head)
{
	struct request *request = seen->request;
	uint64_t length = head->length;

	request->body_too_large = length > REQUEST_BODY_MAX;
	if (length > REQUEST_SWALLOW_MAX)
		request->at_once = true;
	if (length > REQUEST_SWALLOW_MAX ||
	    (request->body_too_large && request->expects))
		refuse(seen, HTTP_CONTENT_TOO_LARGE, REQUEST_TOO_LARGE);
}

bool headers_read(struct request *request, struct head *head)
{
	struct seen seen = { .request = request };
	const char *name, *value;

	while (head_next(head, &name, &value))
		read_header(&seen, name, value);
	head_end(head);
	set_request_id(request, seen.request_id);
	request->answer.cors = cors_decide(
		request->server->config->cors_origins, seen.origin,
		seen.preflight && strcmp(head->method, "OPTIONS") == 0);
	if (!check_framing(request, head))
		return false;
	check_sizes(&seen, head);
	check_expectation(&seen, head);
	check_length(&seen, head);
	if (!seen.problem)
		return true;
	answer_problem(&request->answer, seen.status, seen.problem);
	return false;
}
