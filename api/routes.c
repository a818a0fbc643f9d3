#include "api/routes.h"
#include "api/status.h"

#include <string.h>

#include "api/handlers.h"
#include "api/lookup.h"
#include "api/query.h"

static const struct route routes[] = {
	/* method, pattern, system, operator, ingest, work, prepare, handle,
	 * lookup */
	{ METHOD_POST, "/applications", false, false, false, WORK_POOL,
	  applications_prepare, applications_create, NULL },
	{ METHOD_GET, "/applications", false, true, false, WORK_POOL, NULL,
	  applications_list, NULL },
	{ METHOD_GET, "/applications/:token", false, false, false, WORK_POOL,
	  NULL, applications_show, &applications_lookup },
	{ METHOD_PATCH, "/applications/:token", false, false, false, WORK_POOL,
	  applications_prepare, applications_rename, NULL },
	{ METHOD_GET, "/applications/:token/message_count", false, false, false,
	  WORK_POOL, NULL, applications_message_count, NULL },
	{ METHOD_GET, "/applications/:token/messages/search", false, false,
	  false, WORK_POOL, NULL, search_application, NULL },
	{ METHOD_POST, "/applications/:token/chats", false, false, true,
	  WORK_CREATE, chats_prepare_create, creates_resolve, NULL },
	{ METHOD_GET, "/applications/:token/chats", false, false, false,
	  WORK_POOL, NULL, chats_list, NULL },
	{ METHOD_GET, "/applications/:token/chats/:chat", false, false, false,
	  WORK_POOL, NULL, chats_show, &chats_lookup },
	{ METHOD_GET, "/applications/:token/chats/:chat/message_count", false,
	  false, false, WORK_POOL, NULL, chats_message_count, NULL },
	{ METHOD_POST, "/applications/:token/chats/:chat/messages", false,
	  false, true, WORK_CREATE, messages_prepare_create, creates_resolve,
	  NULL },
	{ METHOD_GET, "/applications/:token/chats/:chat/messages", false, false,
	  false, WORK_POOL, NULL, messages_list, NULL },
	{ METHOD_GET, "/applications/:token/chats/:chat/messages/search", false,
	  false, false, WORK_POOL, NULL, messages_search, NULL },
	{ METHOD_GET, "/applications/:token/chats/:chat/messages/:number",
	  false, false, false, WORK_POOL, NULL, messages_show,
	  &messages_lookup },
	{ METHOD_PATCH, "/applications/:token/chats/:chat/messages/:number",
	  false, false, false, WORK_POOL, edits_prepare, edits_run, NULL },
	{ METHOD_GET, "/jobs/:job", true, false, false, WORK_POOL, NULL,
	  jobs_show, NULL },
	{ METHOD_GET, "/chats", true, true, false, WORK_POOL, NULL,
	  chats_list_all, NULL },
	{ METHOD_GET, "/messages", true, true, false, WORK_POOL, NULL,
	  messages_list_all, NULL },
	{ METHOD_GET, "/messages/search", true, true, false, WORK_POOL, NULL,
	  search_system, NULL },
	{ METHOD_GET, "/up", true, false, true, WORK_INLINE, NULL, system_up,
	  NULL },
	{ METHOD_GET, "/ready", true, false, true, WORK_INLINE, NULL,
	  system_ready, NULL },
	{ METHOD_GET, "/metrics", true, false, true, WORK_INLINE, NULL,
	  system_metrics, NULL },
	{ METHOD_GET, "/openapi.yaml", true, false, false, WORK_INLINE, NULL,
	  openapi_show, NULL },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))
_Static_assert(ROUTES == ROUTES_COUNT, "routes.h knows how many there are");

const struct route *routes_at(size_t index)
{
	return &routes[index];
}

size_t routes_index(const struct route *route)
{
	return route ? (size_t)(route - routes) : ROUTES_COUNT;
}

const char *routes_pattern(const struct route *route)
{
	return route ? route->pattern : "none";
}

const char *routes_method(const struct route *route)
{
	static const char *const names[METHODS] = {
		[METHOD_GET] = "GET",
		[METHOD_POST] = "POST",
		[METHOD_PATCH] = "PATCH",
	};

	return route ? names[route->method] : "none";
}

static bool take_token(struct request *request, const char *segment,
		       size_t length)
{
	if (length != REQUEST_TOKEN_LENGTH)
		return false;
	/* the column is ASCII; SQL refuses to compare it with anything else */
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)segment[i] > 0x7f)
			return false;
	memcpy(request->token, segment, length);
	request->token[length] = '\0';
	return true;
}

/* Always the last segment; it lies in the target, which ends with it. */
static bool take_job(struct request *request, const char *segment,
		     size_t length)
{
	const char *rest = segment + length;

	if (length == 0 || (*rest && strcmp(rest, "/") != 0))
		return false;
	request->target[rest - request->target] = '\0';
	request->job_id = segment;
	return true;
}

static bool take_parameter(struct request *request, const char *name,
			   size_t name_length, const char *segment,
			   size_t length)
{
	if (strncmp(name, ":token", name_length) == 0)
		return take_token(request, segment, length);
	if (strncmp(name, ":chat", name_length) == 0)
		return query_path_number(segment, length,
					 &request->chat_number);
	if (strncmp(name, ":number", name_length) == 0)
		return query_path_number(segment, length, &request->number);
	return take_job(request, segment, length);
}

/* Segment by segment; both start with '/' or are at their end. A trailing
 * slash of the path changes nothing. */
static bool matches(struct request *request, const char *pattern,
		    const char *path)
{
	while (*pattern) {
		size_t name, length;

		if (*path != '/')
			return false;
		pattern++;
		path++;
		name = strcspn(pattern, "/");
		length = strcspn(path, "/");
		if (*pattern == ':') {
			if (!take_parameter(request, pattern, name, path,
					    length))
				return false;
		} else if (name != length || memcmp(pattern, path, name) != 0) {
			return false;
		}
		pattern += name;
		path += length;
	}
	return *path == '\0' || strcmp(path, "/") == 0;
}

static int method_of(const char *method)
{
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return METHOD_GET;
	if (strcmp(method, "POST") == 0)
		return METHOD_POST;
	if (strcmp(method, "PATCH") == 0 || strcmp(method, "PUT") == 0)
		return METHOD_PATCH;
	return METHODS;
}

/* By the set of methods that a path has: GET 1, POST 2, PATCH 4. */
static const char *const allow_texts[8] = {
	"OPTIONS",
	"GET, HEAD, OPTIONS",
	"POST, OPTIONS",
	"GET, HEAD, POST, OPTIONS",
	"PATCH, PUT, OPTIONS",
	"GET, HEAD, PATCH, PUT, OPTIONS",
	"POST, PATCH, PUT, OPTIONS",
	"GET, HEAD, POST, PATCH, PUT, OPTIONS",
};

static void answer_wrong_method(struct request *request, const char *method,
				unsigned allowed)
{
	request->answer.allow = allow_texts[allowed];
	if (strcmp(method, "OPTIONS") == 0) {
		answer_json(&request->answer, HTTP_NO_CONTENT);
		return;
	}
	answer_problem(&request->answer, HTTP_METHOD_NOT_ALLOWED,
		       "This path has no such method.");
}

bool routes_find(struct request *request, const char *method, bool ingest)
{
	int wanted = method_of(method);
	unsigned allowed = 0;
	const char *rest = NULL;

	request->dialect = dialect_find(request->target, &rest);
	for (size_t i = 0; i < ROUTES; i++) {
		const struct route *route = &routes[i];
		const char *path = route->system ? request->target : rest;
		const char *pattern = route->pattern;

		if (!route->system)
			pattern += strlen(dialect_canonical.prefix);

		if (!path || (ingest && !route->ingest) ||
		    !matches(request, pattern, path))
			continue;
		allowed |= 1u << route->method;
		if ((int)route->method == wanted) {
			request->route = route;
			return true;
		}
	}
	if (allowed)
		answer_wrong_method(request, method, allowed);
	else
		answer_problem(&request->answer, HTTP_NOT_FOUND,
			       "There is nothing at this path.");
	return false;
}
