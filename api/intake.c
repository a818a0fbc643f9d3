#include "api/intake.h"
#include "api/status.h"

#include <string.h>
#include <strings.h>

#include "api/headers.h"
#include "api/operator.h"
#include "api/routes.h"
#include "api/server.h"
#include "api/tracing.h"

/* RFC 9110, 9.3.7: what the server can do at all. */
static void answer_asterisk(struct request *request, const char *method)
{
	if (strcmp(method, "OPTIONS") != 0) {
		answer_problem(&request->answer, HTTP_BAD_REQUEST,
			       "Only OPTIONS may ask for *.");
		return;
	}
	answer_json(&request->answer, HTTP_NO_CONTENT);
	request->answer.allow =
		request->server->config->ingest
			? "GET, HEAD, POST, OPTIONS"
			: "GET, HEAD, POST, PATCH, PUT, OPTIONS";
}

static void find_route(struct request *request, const char *method)
{
	bool found =
		routes_find(request, method, request->server->config->ingest);

	tracing_decide(request);
	if (found && request->route->operator_only)
		operator_check(request);
}

void intake_begin(struct request *request, struct head *head)
{
	if (!headers_read(request, head))
		return;
	if (request->bad_target) {
		answer_problem(&request->answer, HTTP_BAD_REQUEST,
			       "The request target is no path and query of "
			       "valid escapes and UTF-8.");
		request->answer.close = true; /* CONNECT among others */
	} else if (strcmp(request->target, "*") == 0) {
		answer_asterisk(request, head->method);
	} else {
		find_route(request, head->method);
	}
}

/* What is left unread would be taken for the next request. */
bool intake_refused_at_once(struct request *request)
{
	if (request->answer.status == 0 ||
	    (!request->at_once && !request->expects))
		return false;
	request->answer.close = true;
	return true;
}

/* Media types are told apart without their parameters and letter case. */
static bool is_json(const char *type)
{
	size_t length = strcspn(type, "; \t");

	if (length == 16 && strncasecmp(type, "application/json", 16) == 0)
		return true;
	return length > 17 && strncasecmp(type, "application/", 12) == 0 &&
	       strncasecmp(type + length - 5, "+json", 5) == 0;
}

void intake_prepare(struct request *request)
{
	if (request->answer.status != 0)
		return;
	if (request->body_too_large) {
		answer_problem(&request->answer, HTTP_CONTENT_TOO_LARGE,
			       REQUEST_TOO_LARGE);
	} else if (request->body.failed) {
		answer_unavailable(&request->answer,
				   "The server is out of memory.");
	} else if (request->route->prepare && request->body.length > 0 &&
		   request->content_type && !is_json(request->content_type)) {
		answer_problem(&request->answer, HTTP_UNSUPPORTED_MEDIA_TYPE,
			       "The body must be application/json.");
	} else if (request->route->prepare) {
		request->route->prepare(request);
	}
}

void intake_body(struct request *request, const char *bytes, size_t length)
{
	request->body_seen += length;
	if (request->body_seen > REQUEST_SWALLOW_MAX)
		intake_endless_body(request);
	if (request->answer.status != 0 || request->body_too_large)
		return;
	if (request->body.length + length > REQUEST_BODY_MAX)
		request->body_too_large = true;
	else
		buf_append(&request->body, bytes, length);
}

static void refuse_body(struct request *request, unsigned status,
			const char *problem)
{
	if (request->answer.status == 0)
		answer_problem(&request->answer, status, problem);
	request->answer.close = true;
	request->at_once = true;
}

void intake_endless_body(struct request *request)
{
	refuse_body(request, HTTP_CONTENT_TOO_LARGE, REQUEST_TOO_LARGE);
}

void intake_bad_body(struct request *request)
{
	refuse_body(request, HTTP_BAD_REQUEST, "The body is not well chunked.");
}
