#include "tests/integration/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *paging_next(const struct http_reply *reply)
{
	static char path[4096];
	const char *link = http_header(reply, "Link");
	const char *start, *end;

	if (!link || !strstr(link, "rel=\"next\""))
		return "";
	start = strchr(link, '<');
	end = strchr(link, '>');
	if (!start || !end || end < start) {
		fail_msg("\"%s\" is no link", link);
		return "";
	}
	start++;
	if (strncmp(start, "http", 4) == 0)
		start = strchr(strstr(start, "://") + 3, '/');
	snprintf(path, sizeof(path), "%.*s", (int)(end - start), start);
	return path;
}

const char *paging_cursor(const struct http_reply *reply)
{
	static char cursor[1024];
	const char *next = paging_next(reply);
	const char *at = strstr(next, "cursor=");

	if (!at) {
		fail_msg("there is no cursor in \"%s\"", next);
		return "";
	}
	at += strlen("cursor=");
	snprintf(cursor, sizeof(cursor), "%.*s", (int)strcspn(at, "&"), at);
	return cursor;
}

const char *paging_numbers(const struct http_reply *reply, const char *name)
{
	static char text[4096];
	unsigned count = reply_count(reply, "");
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count && at < sizeof(text); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%u.%s", i, name);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u",
				       i ? " " : "",
				       (unsigned)reply_number(reply, path));
	}
	return text;
}
