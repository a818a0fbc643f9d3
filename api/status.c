#include "api/status.h"

#include <stddef.h>

static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
	{ HTTP_OK, "OK" },
	{ HTTP_CREATED, "Created" },
	{ HTTP_ACCEPTED, "Accepted" },
	{ HTTP_NO_CONTENT, "No Content" },
	{ HTTP_BAD_REQUEST, "Bad Request" },
	{ HTTP_UNAUTHORIZED, "Unauthorized" },
	{ HTTP_FORBIDDEN, "Forbidden" },
	{ HTTP_NOT_FOUND, "Not Found" },
	{ HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed" },
	{ HTTP_CONTENT_TOO_LARGE, "Content Too Large" },
	{ HTTP_URI_TOO_LONG, "URI Too Long" },
	{ HTTP_UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type" },
	{ HTTP_EXPECTATION_FAILED, "Expectation Failed" },
	{ HTTP_UNPROCESSABLE_CONTENT, "Unprocessable Content" },
	{ HTTP_HEADERS_TOO_LARGE, "Request Header Fields Too Large" },
	{ HTTP_INTERNAL_SERVER_ERROR, "Internal Server Error" },
	{ HTTP_SERVICE_UNAVAILABLE, "Service Unavailable" },
	{ HTTP_VERSION_NOT_SUPPORTED, "HTTP Version Not Supported" },
};

const char *status_phrase(unsigned status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}
