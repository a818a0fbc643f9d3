#include "common/json.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

/* ---- eight characters at once ---- */

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The highest bit of each byte that is below `limit` (128 at most); those above
 * the first of them may be wrong. */
static uint64_t below(uint64_t bytes, unsigned char limit)
{
	return (bytes - EACH_BYTE(limit)) & ~bytes & EACH_BYTE(0x80);
}

/* The same for what does not stand for itself. */
static uint64_t specials(const char *text)
{
	uint64_t bytes;

	memcpy(&bytes, text, sizeof(bytes));
	bytes = le64toh(bytes);
	return below(bytes, 0x20) | below(bytes ^ EACH_BYTE('"'), 1) |
	       below(bytes ^ EACH_BYTE('\\'), 1);
}

const char *json_plain_end(const char *at, const char *end)
{
	for (; end - at >= (ptrdiff_t)sizeof(uint64_t);
	     at += sizeof(uint64_t)) {
		uint64_t found = specials(at);

		if (found)
			return at + __builtin_ctzll(found) / 8;
	}
	while (at < end && (unsigned char)*at >= 0x20 && *at != '"' &&
	       *at != '\\')
		at++;
	return at;
}

/* ---- writing ---- */

static void append_escape(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"':
		buf_append(out, "\\\"", 2);
		break;
	case '\\':
		buf_append(out, "\\\\", 2);
		break;
	case '\n':
		buf_append(out, "\\n", 2);
		break;
	case '\r':
		buf_append(out, "\\r", 2);
		break;
	case '\t':
		buf_append(out, "\\t", 2);
		break;
	default:
		buf_append(out, escape, sizeof(escape));
	}
}

void json_append_string(struct buf *out, const char *text, size_t length)
{
	const char *end = text + length;
	const char *stop;

	buf_append_char(out, '"');
	while ((stop = json_plain_end(text, end)) < end) {
		buf_append(out, text, (size_t)(stop - text));
		append_escape(out, (unsigned char)*stop);
		text = stop + 1;
	}
	buf_append(out, text, (size_t)(end - text));
	buf_append_char(out, '"');
}

/* ---- reading a text that json_check() has passed ---- */

static size_t skip_white(const char *text, size_t at)
{
	while (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' ||
	       text[at] == '\r')
		at++;
	return at;
}

static enum json_kind kind_of(char first)
{
	switch (first) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

static size_t string_end(const char *text, size_t at, size_t end)
{
	const char *stop = json_plain_end(text + at + 1, text + end);

	while (*stop == '\\')
		stop = json_plain_end(stop + 2, text + end);
	return (size_t)(stop - text) + 1;
}

/* The end of the array or object that starts at `at`. */
static size_t nested_end(const char *text, size_t at, size_t end)
{
	unsigned depth = 0;

	do {
		if (text[at] == '"') {
			at = string_end(text, at, end);
			continue;
		}
		if (text[at] == '{' || text[at] == '[')
			depth++;
		else if (text[at] == '}' || text[at] == ']')
			depth--;
		at++;
	} while (depth > 0);
	return at;
}

static bool ends_scalar(char c)
{
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' ||
	       c == '\t' || c == '\r';
}

static size_t scalar_end(const char *text, size_t at, size_t end)
{
	while (at < end && !ends_scalar(text[at]))
		at++;
	return at;
}

static struct json_value value_at(const char *text, size_t at, size_t end)
{
	struct json_value value = { kind_of(text[at]), text + at, 0 };
	size_t stop;

	if (value.kind == JSON_STRING)
		stop = string_end(text, at, end);
	else if (value.kind == JSON_OBJECT || value.kind == JSON_ARRAY)
		stop = nested_end(text, at, end);
	else
		stop = scalar_end(text, at, end);
	value.length = stop - at;
	return value;
}

struct json_value json_root(const char *text, size_t length)
{
	return value_at(text, skip_white(text, 0), length);
}

bool json_next(struct json_value container, size_t *position,
	       struct json_value *name_r, struct json_value *value_r)
{
	const char *text = container.text;
	size_t at = *position == 0 ? 1 : *position;

	at = skip_white(text, at);
	if (text[at] == ',')
		at = skip_white(text, at + 1);
	if (text[at] == '}' || text[at] == ']')
		return false;
	if (container.kind == JSON_OBJECT) {
		struct json_value name = value_at(text, at, container.length);

		if (name_r)
			*name_r = name;
		at = skip_white(text, at + name.length);
		at = skip_white(text, at + 1);
	}
	*value_r = value_at(text, at, container.length);
	*position = at + value_r->length;
	return true;
}

static bool name_is(struct json_value name, const char *wanted)
{
	size_t length = strlen(wanted);
	char text[256];

	if (json_string_is_plain(name))
		return name.length - 2 == length &&
		       memcmp(name.text + 1, wanted, length) == 0;
	if (json_string_size(name) > sizeof(text))
		return false;
	return json_string(name, text) == length &&
	       memcmp(text, wanted, length) == 0;
}

bool json_member(struct json_value object, const char *name,
		 struct json_value *value_r)
{
	struct json_value found, value;
	size_t position = 0;

	if (object.kind != JSON_OBJECT)
		return false;
	while (json_next(object, &position, &found, &value))
		if (name_is(found, name)) {
			*value_r = value;
			return true;
		}
	return false;
}

bool json_string_is_plain(struct json_value string)
{
	return !memchr(string.text, '\\', string.length);
}

/* An escape is never shorter than what it stands for. */
size_t json_string_size(struct json_value string)
{
	return string.length - 2;
}

static unsigned hex4(const char *at)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 |
			(unsigned)(at[i] <= '9' ? at[i] - '0'
						: (at[i] | 0x20) - 'a' + 10);
	return value;
}

static char *put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* `at` is behind "\u"; returns where the escape ends. */
static const char *unescape_unicode(const char *at, char **out)
{
	unsigned c = hex4(at);

	at += 4;
	if (c >= 0xd800 && c <= 0xdbff) {
		c = 0x10000 + ((c - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
		at += 6;
	}
	*out = put_utf8(*out, c);
	return at;
}

static char unescape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

size_t json_string(struct json_value string, char *out)
{
	const char *at = string.text + 1;
	const char *end = string.text + string.length - 1;
	char *start = out;

	while (at < end) {
		if (*at != '\\') {
			*out++ = *at++;
		} else if (at[1] == 'u') {
			at = unescape_unicode(at + 2, &out);
		} else {
			*out++ = unescape(at[1]);
			at += 2;
		}
	}
	return (size_t)(out - start);
}

bool json_u64(struct json_value number, uint64_t *value_r)
{
	uint64_t value = 0;

	if (number.kind != JSON_NUMBER)
		return false;
	for (size_t i = 0; i < number.length; i++) {
		unsigned digit = (unsigned)(number.text[i] - '0');

		if (digit > 9 || value > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*value_r = value;
	return true;
}
