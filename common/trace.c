#include "common/trace.h"

#include <string.h>

/* version-trace-parent-flags: 2, 32, 16 and 2 lower-case hex digits */
#define TRACE_AT 3u
#define SPAN_AT 36u
#define SPAN_LENGTH 16u
#define FLAGS_AT 53u

bool trace_request_valid(const char *text, size_t length)
{
	static const char extra[] = "._-:+/=";

	if (length < 1 || length > TRACE_REQUEST_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') ||
		      memchr(extra, c, sizeof(extra) - 1)))
			return false;
	}
	return true;
}

static bool is_hex(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!((text[i] >= '0' && text[i] <= '9') ||
		      (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return true;
}

static bool is_id(const char *text, size_t length)
{
	bool zero = true;

	for (size_t i = 0; i < length && zero; i++)
		zero = text[i] == '0';
	return !zero && is_hex(text, length);
}

bool trace_parent_parse(const char *text, size_t length,
			char parent_r[TRACE_PARENT_LENGTH + 1])
{
	bool first;

	if (length < TRACE_PARENT_LENGTH || !is_hex(text, 2) ||
	    memcmp(text, "ff", 2) == 0)
		return false;
	first = memcmp(text, "00", 2) == 0;
	if (length > TRACE_PARENT_LENGTH &&
	    (first || text[TRACE_PARENT_LENGTH] != '-'))
		return false;
	if (text[TRACE_AT - 1] != '-' || text[SPAN_AT - 1] != '-' ||
	    text[FLAGS_AT - 1] != '-' ||
	    !is_id(text + TRACE_AT, TRACE_ID_LENGTH) ||
	    !is_id(text + SPAN_AT, SPAN_LENGTH) || !is_hex(text + FLAGS_AT, 2))
		return false;
	memcpy(parent_r, text, TRACE_PARENT_LENGTH);
	memcpy(parent_r, "00", 2);
	parent_r[TRACE_PARENT_LENGTH] = '\0';
	return true;
}

bool trace_parent_sampled(const char *parent)
{
	char last = parent[FLAGS_AT + 1];

	/* bit 0 */
	return last <= '9' ? last & 1 : (last - 'a') % 2 == 1;
}

void trace_parent_id(const char *parent, char id_r[TRACE_ID_LENGTH + 1])
{
	memcpy(id_r, parent + TRACE_AT, TRACE_ID_LENGTH);
	id_r[TRACE_ID_LENGTH] = '\0';
}
