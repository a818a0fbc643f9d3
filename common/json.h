#ifndef CONFAB_COMMON_JSON_H
#define CONFAB_COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/*
 * RFC 8259, both ways, for what passes through at full rate: requests, events
 * and answers. (cJSON serves where rate does not matter.)
 */

/* Appends `text` quoted and escaped. `text` must be valid UTF-8. */
void json_append_string(struct buf *out, const char *text, size_t length);

/*
 * Strict reading, stricter than the RFC asks: UTF-8 is validated, names within
 * one object are unique, depth is at most JSON_DEPTH_MAX, U+0000 and lone
 * surrogates are refused, nothing may follow the value, no BOM, numbers by the
 * RFC's grammar.
 *
 * json_check() walks the whole text once; only a text that passed may be given
 * to the functions below, which trust it.
 */
#define JSON_DEPTH_MAX 32

/* NULL when `text` is one valid value; else the reason, a static sentence. It
 * is json_no_memory itself when the text may well be valid, but there was no
 * memory to find out. */
const char *json_check(const char *text, size_t length);

extern const char json_no_memory[];

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value inside a checked text; `text` points into it, a string's with its
 * quotes. */
struct json_value {
	enum json_kind kind;
	const char *text;
	size_t length;
};

/* The value of a checked text. */
struct json_value json_root(const char *text, size_t length);
/* Finds a member by its name (byte by byte, escapes in names resolved). */
bool json_member(struct json_value object, const char *name,
		 struct json_value *value_r);
/* Walks members or elements: start with *position = 0. name_r may be NULL. */
bool json_next(struct json_value container, size_t *position,
	       struct json_value *name_r, struct json_value *value_r);
/* Bytes that json_string() may write at most. */
size_t json_string_size(struct json_value string);
/* Unescapes into `out` (room for json_string_size()); returns its length. No
 * NUL is added. */
size_t json_string(struct json_value string, char *out);
/* True when the string needs no unescaping: its content is text + 1, length -
 * 2 bytes. */
bool json_string_is_plain(struct json_value string);
/* A number that is a plain whole number of 0 to 2^63 - 1. */
bool json_u64(struct json_value number, uint64_t *value_r);

/* Where a string that goes on at `at` has the first byte that does not stand
 * for itself: a quote, a backslash or a control character; else `end`. */
const char *json_plain_end(const char *at, const char *end);

#endif
