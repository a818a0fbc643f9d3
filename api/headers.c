#include "api/headers.h"

#include <string.h>
#include <strings.h>

#include "api/config.h"
#include "api/framing.h"
#include "api/server.h"
#include "common/clock.h"
#include "common/uuid.h"

/* A larger body is not worth waiting for its end; a smaller one is: closing a
 * connection with unread bytes may take the answer with them. */
#define SWALLOW_MAX (4u * 1024u * 1024u)

struct seen {
	struct request *request;
	struct framing framing;
	unsigned keys, types, authorizations;
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

static bool sane_request_id(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= REQUEST_ID_MAX &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz"
			    "0123456789._-:+/=") == length;
}

static void set_request_id(struct request *request, const char *theirs)
{
	struct uuid id;

	if (theirs && sane_request_id(theirs))
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
		refuse(seen, MHD_HTTP_BAD_REQUEST,
		       "The header Idempotency-Key is repeated.");
	else if (!valid_key(value))
		refuse(seen, MHD_HTTP_BAD_REQUEST,
		       "Idempotency-Key must be 1 to 255 visible ASCII "
		       "characters.");
	seen->request->idempotency_key = value;
}

static void read_type(struct seen *seen, const char *value)
{
	if (++seen->types > 1)
		refuse(seen, MHD_HTTP_BAD_REQUEST,
		       "The header Content-Type is repeated.");
	seen->request->content_type = value;
}

static void read_authorization(struct seen *seen, const char *value)
{
	if (++seen->authorizations > 1)
		refuse(seen, MHD_HTTP_BAD_REQUEST,
		       "The header Authorization is repeated.");
	seen->request->authorization = value;
}

static void read_coding(struct seen *seen, const char *value)
{
	if (strcasecmp(value, "identity") != 0)
		refuse(seen, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		       "Encoded bodies are not accepted.");
}

static void read_request_id(struct seen *seen, const char *value)
{
	seen->request_id = value;
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
	{ "Authorization", read_authorization },
	{ "Content-Encoding", read_coding },
	{ "Expect", read_expect },
	{ "Origin", read_origin },
	{ "Access-Control-Request-Method", read_preflight },
};

static enum MHD_Result read_header(void *context, enum MHD_ValueKind kind,
				   const char *name, const char *value)
{
	struct seen *seen = context;

	(void)kind;
	framing_add(&seen->framing, name, value);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcasecmp(name, readers[i].name) == 0)
			readers[i].read(seen, value);
	return MHD_YES;
}

static size_t head_size(struct request *request)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info ? info->header_size : 0;
}

/* The next request on this connection could be no request at all. */
static bool check_framing(struct seen *seen)
{
	struct request *request = seen->request;
	const char *problem = framing_end(&seen->framing, head_size(request));

	/* how the library reads chunks and what follows them cannot be seen
	 * from here: nothing more is taken from such a connection */
	request->answer.close = seen->framing.codings > 0;
	if (!problem)
		return true;
	answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST, problem);
	request->answer.close = true;
	request->at_once = true;
	return false;
}

static void check_sizes(struct seen *seen, const char *version)
{
	if (seen->request->uri_length > HEADERS_TARGET_MAX)
		refuse(seen, MHD_HTTP_URI_TOO_LONG,
		       "A request target may have 8 KiB.");
	if (framing_headers_size(&seen->framing, version) > HEADERS_SIZE_MAX)
		refuse(seen, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
		       "The headers may have 32 KiB.");
}

/* RFC 9110, 10.1.1; HTTP/1.0 knows no expectations. */
static void check_expectation(struct seen *seen)
{
	struct request *request = seen->request;

	if (seen->framing.old || !seen->expect) {
		request->expects = false;
	} else if (!request->expects) {
		refuse(seen, MHD_HTTP_EXPECTATION_FAILED,
		       "The only expectation that is met is 100-continue.");
		request->expects = true;
	}
}

static void check_length(struct seen *seen)
{
	struct request *request = seen->request;
	uint64_t length = seen->framing.length;

	request->body_too_large = length > REQUEST_BODY_MAX;
	if (length > SWALLOW_MAX)
		request->at_once = true;
	if (length > SWALLOW_MAX ||
	    (request->body_too_large && request->expects))
		refuse(seen, MHD_HTTP_CONTENT_TOO_LARGE, REQUEST_TOO_LARGE);
}

bool headers_read(struct request *request, const char *method,
		  const char *version)
{
	struct seen seen = { .request = request };

	framing_begin(&seen.framing, method, request->uri, request->uri_length,
		      version);
	(void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND,
					read_header, &seen);
	set_request_id(request, seen.request_id);
	request->answer.cors =
		cors_decide(request->server->config->cors_origins, seen.origin,
			    seen.preflight && strcmp(method, "OPTIONS") == 0);
	if (!check_framing(&seen))
		return false;
	check_sizes(&seen, version);
	check_expectation(&seen);
	check_length(&seen);
	if (!seen.problem)
		return true;
	answer_problem(&request->answer, seen.status, seen.problem);
	return false;
}
