#ifndef CONFAB_COMMON_TRACE_H
#define CONFAB_COMMON_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The ids by which a client finds its request again: X-Request-Id, and the
 * header traceparent (www.w3.org/TR/trace-context).
 */
#define TRACE_REQUEST_MAX 128u
#define TRACE_PARENT_LENGTH 55u
#define TRACE_ID_LENGTH 32u

/* 1 to 128 letters, digits and ._-:+/= */
bool trace_request_valid(const char *text, size_t length);
/* Of version 00; of a later one what version 00 knows of it, as it says. Writes
 * it as version 00, NUL-terminated. */
bool trace_parent_parse(const char *text, size_t length,
			char parent_r[TRACE_PARENT_LENGTH + 1]);
/* The caller recorded its part. */
bool trace_parent_sampled(const char *parent);
/* The trace's own part of it, NUL-terminated. */
void trace_parent_id(const char *parent, char id_r[TRACE_ID_LENGTH + 1]);

#endif
