#include "api/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/query.h"
#include "common/clock.h"
#include "common/uuid.h"

struct request *request_new(struct server *server, const char *uri)
{
	struct request *request = calloc(1, sizeof(*request));
	size_t length;
	char *query;

	if (!request)
		return NULL;
	request->server = server;
	request->started_us = clock_monotonic_us();
	request->target = strdup(uri);
	if (!request->target) {
		free(request);
		return NULL;
	}
	query = strchr(request->target, '?');
	if (query) {
		*query = '\0';
		request->query = query + 1;
	}
	length = strlen(request->target);
	request->bad_target = request->target[0] != '/' ||
			      !query_unescape(request->target, &length, false);
	if (!request->bad_target)
		request->target[length] = '\0';
	return request;
}

void request_free(struct request *request)
{
	if (!request)
		return;
	answer_release(&request->answer);
	buf_release(&request->body);
	free(request->target);
	free(request->text);
	free(request);
}

/* ---- headers ---- */

struct seen {
	struct request *request;
	unsigned hosts, lengths, codings, keys;
	const char *problem;
	bool chunked, has_prefer;
	const char *request_id;
};

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

static void read_prefer(struct request *request, const char *value)
{
	while (*value) {
		size_t length;

		value += strspn(value, " \t,");
		length = strcspn(value, ",");
		if (request->wait_s == 0 &&
		    strncasecmp(value, "wait", 4) == 0) {
			const char *at = value + 4 + strspn(value + 4, " \t");

			if (*at == '=')
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
		seen->problem = "The header Idempotency-Key is repeated.";
	else if (!valid_key(value))
		seen->problem = "Idempotency-Key must be 1 to 255 visible "
				"ASCII characters.";
	seen->request->idempotency_key = value;
}

static void read_framing(struct seen *seen, const char *name, const char *value)
{
	if (strcasecmp(name, "Host") == 0) {
		seen->hosts++;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		seen->lengths++;
		if (strtoull(value, NULL, 10) > REQUEST_BODY_MAX)
			seen->request->body_too_large = true;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		seen->codings++;
		seen->chunked = strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(name, "Content-Encoding") == 0 &&
		   strcasecmp(value, "identity") != 0) {
		seen->problem = "Encoded bodies are not accepted.";
	}
}

static enum MHD_Result read_header(void *context, enum MHD_ValueKind kind,
				   const char *name, const char *value)
{
	struct seen *seen = context;
	struct request *request = seen->request;

	(void)kind;
	if (!value)
		value = "";
	if (strpbrk(name, " \t"))
		seen->problem = "A header's name holds a blank.";
	read_framing(seen, name, value);
	if (strcasecmp(name, "Content-Type") == 0)
		request->content_type = value;
	else if (strcasecmp(name, "Authorization") == 0)
		request->authorization = value;
	else if (strcasecmp(name, "Idempotency-Key") == 0)
		read_key(seen, value);
	else if (strcasecmp(name, "Prefer") == 0)
		read_prefer(request, value);
	else if (strcasecmp(name, "X-Request-Id") == 0)
		seen->request_id = value;
	return MHD_YES;
}

/* What the parser of the HTTP library lets pass, and must not pass. */
static void check_framing(struct seen *seen)
{
	if (seen->lengths > 1)
		seen->problem = "The header Content-Length is repeated.";
	else if (seen->lengths > 0 && seen->codings > 0)
		seen->problem = "Content-Length and Transfer-Encoding "
				"exclude each other.";
	else if (seen->codings > 1 || (seen->codings == 1 && !seen->chunked))
		seen->problem = "Transfer-Encoding must be chunked.";
	else if (seen->hosts != 1)
		seen->problem = "A request must have one Host header.";
}

bool request_read_headers(struct request *request)
{
	struct seen seen = { .request = request };

	MHD_get_connection_values(request->connection, MHD_HEADER_KIND,
				  read_header, &seen);
	set_request_id(request, seen.request_id);
	check_framing(&seen);
	if (seen.problem) {
		answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
			       seen.problem);
		request->answer.close = true;
		return false;
	}
	if (request->body_too_large) {
		answer_problem(&request->answer, MHD_HTTP_CONTENT_TOO_LARGE,
			       "A request body may have 512 KiB.");
		request->answer.close = true;
		return false;
	}
	return true;
}
