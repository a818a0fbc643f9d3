#include "api/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/query.h"
#include "common/clock.h"

/* RFC 9112, 3.2.2: a proxy's form is taken too; what it says of the host is
 * nothing to us. Returns the rest, from its path on. */
static const char *skip_origin(const char *uri)
{
	if (strncasecmp(uri, "http://", 7) == 0)
		uri += 7;
	else if (strncasecmp(uri, "https://", 8) == 0)
		uri += 8;
	else
		return uri;
	return uri + strcspn(uri, "/?");
}

/* Cuts the query off and resolves the path's escapes. QUERY_FOUND when both
 * are good. */
static enum query_result split_target(struct request *request)
{
	size_t length = strcspn(request->target, "?");
	enum query_result result = QUERY_FOUND;

	if (request->target[length] == '?') {
		request->query = request->target + length + 1;
		request->target[length] = '\0';
		result = query_check(request->query);
	}
	if (result != QUERY_FOUND)
		return result;
	if (!query_unescape(request->target, &length, false))
		return QUERY_BAD;
	request->target[length] = '\0';
	if (request->target[0] != '/' && strcmp(request->target, "*") != 0)
		return QUERY_BAD;
	return QUERY_FOUND;
}

/* An absolute form need not have a path. */
static char *copy_target(const char *uri)
{
	const char *rest = skip_origin(uri);
	bool bare = rest != uri && *rest != '/';
	char *copy = malloc(strlen(rest) + 2);

	if (copy) {
		copy[0] = '/';
		memcpy(copy + bare, rest, strlen(rest) + 1);
	}
	return copy;
}

struct request *request_new(struct server *server, const char *uri)
{
	struct request *request = calloc(1, sizeof(*request));
	enum query_result result;

	if (!request)
		return NULL;
	request->server = server;
	request->started_us = clock_monotonic_us();
	request->target = copy_target(uri);
	result = request->target ? split_target(request) : QUERY_NO_MEMORY;
	if (result == QUERY_NO_MEMORY) {
		request_free(request);
		return NULL;
	}
	request->bad_target = result == QUERY_BAD;
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
