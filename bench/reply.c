#include "bench/reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool content_length(const char *head, const char *end, size_t *length_r)
{
	static const char name[] = "\r\nContent-Length:";

	for (const char *at = head; at < end; at++) {
		at = strchr(at, '\r');
		if (!at || at >= end)
			return false;
		if (strncasecmp(at, name, sizeof(name) - 1) == 0) {
			*length_r = strtoull(at + sizeof(name) - 1, NULL, 10);
			return true;
		}
	}
	return false;
}

enum reply_state reply_parse(const char *data, size_t length,
			     struct reply *reply_r)
{
	const char *end = strstr(data, "\r\n\r\n");
	size_t head, body;

	if (!end)
		return REPLY_INCOMPLETE;
	if (strncmp(data, "HTTP/1.1 ", 9) != 0 ||
	    !content_length(data, end, &body))
		return REPLY_BAD;
	head = (size_t)(end - data) + 4;
	if (length < head + body)
		return REPLY_INCOMPLETE;
	reply_r->status = (unsigned)atoi(data + 9);
	reply_r->body = data + head;
	reply_r->body_length = body;
	reply_r->length = head + body;
	return REPLY_WHOLE;
}
