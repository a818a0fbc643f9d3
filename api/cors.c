#include "api/cors.h"

#include <stdlib.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define MAX_AGE "600" /* seconds; browsers cap it at hours anyway */

static const char request_headers[] =
	"Content-Type, Authorization, Idempotency-Key, Prefer, X-Request-Id, "
	"traceparent";
static const char answer_headers[] =
	"Location, Link, Retry-After, X-Request-Id, X-Search-Engine, "
	"X-Search-Truncated, Idempotency-Replayed, Preference-Applied";

/* The next origin of the list; blanks around it do not count. */
static const char *next_origin(const char **list, size_t *length_r)
{
	const char *start = *list + strspn(*list, " \t");
	size_t length = strcspn(start, ",");

	*list = start + length + (start[length] == ',');
	while (length > 0 && strchr(" \t", start[length - 1]))
		length--;
	*length_r = length;
	return start;
}

/* ":" and 1 to 65535, or nothing. */
static bool is_port(const char *text, size_t length)
{
	if (length == 0)
		return true;
	if (text[0] != ':' || length < 2 || length > 6 || text[1] == '0' ||
	    strspn(text + 1, DIGITS) < length - 1)
		return false;
	return strtoul(text + 1, NULL, 10) <= 65535;
}

static size_t host_length(const char *text)
{
	size_t length;

	if (*text != '[')
		return strspn(text, LOWER DIGITS "-._~");
	length = 1 + strspn(text + 1, DIGITS "abcdef:.");
	return text[length] == ']' && length > 1 ? length + 1 : 0;
}

/* RFC 6454, 6.2: in lower case, as browsers write it. */
static bool is_origin(const char *text, size_t length)
{
	size_t scheme = strspn(text, LOWER DIGITS "+-.");
	size_t host;

	if (scheme == 0 || !strchr(LOWER, text[0]) ||
	    strncmp(text + scheme, "://", 3) != 0)
		return false;
	host = host_length(text + scheme + 3);
	if (host == 0 || scheme + 3 + host > length)
		return false;
	return is_port(text + scheme + 3 + host, length - scheme - 3 - host);
}

bool cors_list_valid(const char *list)
{
	if (strcmp(list, "*") == 0)
		return true;
	while (*list) {
		size_t length;
		const char *origin = next_origin(&list, &length);

		if (!is_origin(origin, length))
			return false;
	}
	return true;
}

static bool is_listed(const char *list, const char *origin)
{
	while (*list) {
		size_t length;
		const char *one = next_origin(&list, &length);

		if (strncmp(one, origin, length) == 0 && !origin[length])
			return true;
	}
	return false;
}

struct cors cors_decide(const char *list, const char *origin, bool preflight)
{
	struct cors cors = { NULL, false, preflight };

	if (strcmp(list, "*") == 0) {
		cors.allowed = origin ? "*" : NULL;
	} else if (*list) {
		cors.varies = true;
		if (origin && is_listed(list, origin))
			cors.allowed = origin;
	}
	return cors;
}

void cors_add_headers(const struct cors *cors, const char *methods,
		      struct buf *out)
{
	const char *const pairs[][2] = {
		{ "Vary", cors->varies ? "Origin" : NULL },
		{ "Access-Control-Allow-Origin", cors->allowed },
		{ "Access-Control-Expose-Headers",
		  cors->preflight ? NULL : answer_headers },
		{ "Access-Control-Allow-Methods",
		  cors->preflight ? methods : NULL },
		{ "Access-Control-Allow-Headers",
		  cors->preflight ? request_headers : NULL },
		{ "Access-Control-Max-Age", cors->preflight ? MAX_AGE : NULL },
	};
	size_t count = cors->allowed ? sizeof(pairs) / sizeof(pairs[0]) : 1;

	for (size_t i = 0; i < count; i++)
		if (pairs[i][1])
			buf_printf(out, "%s: %s\r\n", pairs[i][0], pairs[i][1]);
}
