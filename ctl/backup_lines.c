#include "ctl/backup_lines.h"

#include <string.h>

#include "common/hex.h"

/* ---- encoding ---- */

/* The letter behind the backslash; 0: the byte stands for itself. */
static char escape_of(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\0':
		return '0';
	default:
		return 0;
	}
}

static void append_escaped(const char *text, size_t length, struct buf *out)
{
	size_t plain = 0;

	for (size_t i = 0; i < length; i++) {
		char letter = escape_of(text[i]);

		if (letter == 0)
			continue;
		buf_append(out, text + plain, i - plain);
		buf_append_char(out, '\\');
		buf_append_char(out, letter);
		plain = i + 1;
	}
	buf_append(out, text + plain, length - plain);
}

static void append_hex(const char *bytes, size_t length, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	char *at = buf_reserve(out, 2 * length);

	if (at == NULL)
		return;
	for (size_t i = 0; i < length; i++) {
		*at++ = digits[(unsigned char)bytes[i] >> 4];
		*at++ = digits[(unsigned char)bytes[i] & 15];
	}
	out->length += 2 * length;
}

static void append_value(const struct sql_value *value, struct buf *out)
{
	switch (value->type) {
	case SQL_NULL:
		buf_append_char(out, 'n');
		break;
	case SQL_U64:
		buf_append_char(out, 'u');
		buf_append_u64(out, value->as.u64);
		break;
	case SQL_I64:
	case SQL_TIME:
		buf_append_char(out, value->type == SQL_I64 ? 'i' : 'd');
		buf_append_i64(out, value->as.i64);
		break;
	case SQL_TEXT:
		buf_append_char(out, 't');
		append_escaped(value->as.bytes.data, value->as.bytes.length,
			       out);
		break;
	case SQL_BYTES:
		buf_append_char(out, 'x');
		append_hex(value->as.bytes.data, value->as.bytes.length, out);
		break;
	}
}

void backup_line_encode(const struct sql_value *values, size_t count,
			struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(out, '\t');
		append_value(&values[i], out);
	}
	buf_append_char(out, '\n');
}

/* ---- decoding ---- */

static bool parse_u64(const char *text, size_t length, uint64_t *value_r)
{
	uint64_t value = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*value_r = value;
	return length > 0;
}

static bool parse_i64(const char *text, size_t length, int64_t *value_r)
{
	bool negative = length > 0 && text[0] == '-';
	uint64_t value;

	if (!parse_u64(text + negative, length - negative, &value) ||
	    value > INT64_MAX)
		return false;
	*value_r = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

/* What the letter behind a backslash stands for; -1: nothing. */
static int unescape(char letter)
{
	static const char bytes[] = { '\\', '\t', '\n', '\r', '\0' };

	for (size_t i = 0; i < sizeof(bytes); i++)
		if (escape_of(bytes[i]) == letter)
			return bytes[i];
	return -1;
}

static bool parse_text(char *text, size_t length, struct sql_value *value_r)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		int byte = (unsigned char)text[i];

		if (byte == '\\') {
			byte = ++i < length ? unescape(text[i]) : -1;
			if (byte < 0)
				return false;
		}
		text[used++] = (char)byte;
	}
	*value_r = sql_text(text, used);
	return true;
}

/* A value has one spelling only, in small letters. */
static int lower_hex_digit(char c)
{
	return c >= 'A' && c <= 'F' ? -1 : hex_digit(c);
}

static bool parse_hex(char *text, size_t length, struct sql_value *value_r)
{
	if (length % 2 != 0)
		return false;
	for (size_t i = 0; i < length; i += 2) {
		int high = lower_hex_digit(text[i]);
		int low = lower_hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		text[i / 2] = (char)(high << 4 | low);
	}
	*value_r = sql_bytes(text, length / 2);
	return true;
}

static bool parse_value(char *text, size_t length, struct sql_value *value_r)
{
	char type = length > 0 ? text[0] : '\0';

	text++;
	length--; /* of an empty one it is not used */
	switch (type) {
	case 'n':
		*value_r = sql_null();
		return length == 0;
	case 'u':
		value_r->type = SQL_U64;
		return parse_u64(text, length, &value_r->as.u64);
	case 'i':
	case 'd':
		value_r->type = type == 'i' ? SQL_I64 : SQL_TIME;
		return parse_i64(text, length, &value_r->as.i64);
	case 't':
		return parse_text(text, length, value_r);
	case 'x':
		return parse_hex(text, length, value_r);
	default:
		return false;
	}
}

bool backup_line_decode(char *line, size_t length, struct sql_value *values_r,
			size_t count)
{
	char *end = line + length;

	for (size_t i = 0; i < count; i++) {
		char *tab = memchr(line, '\t', (size_t)(end - line));
		char *stop = tab != NULL ? tab : end;

		/* the last value has no tab behind it, each other one has */
		if ((tab == NULL) != (i + 1 == count) ||
		    !parse_value(line, (size_t)(stop - line), &values_r[i]))
			return false;
		line = stop + (tab != NULL);
	}
	return true;
}
