#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_CAPACITY 256

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

static bool grow(struct buf *buf, size_t wanted)
{
	size_t capacity = buf->capacity ? buf->capacity : BUF_FIRST_CAPACITY;
	char *data;

	while (capacity < wanted) {
		if (capacity > SIZE_MAX / 2) {
			buf->failed = true;
			return false;
		}
		capacity *= 2;
	}
	data = realloc(buf->data, capacity);
	if (!data) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->capacity = capacity;
	return true;
}

char *buf_reserve(struct buf *buf, size_t more)
{
	if (buf->failed)
		return NULL;
	if (more >= SIZE_MAX - buf->length) {
		buf->failed = true;
		return NULL;
	}
	/* one more for the NUL that callers may print up to */
	if (buf->length + more + 1 > buf->capacity &&
	    !grow(buf, buf->length + more + 1))
		return NULL;
	return buf->data + buf->length;
}

void buf_append(struct buf *buf, const void *bytes, size_t length)
{
	char *at = buf_reserve(buf, length);

	if (!at)
		return;
	if (length > 0)
		memcpy(at, bytes, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void buf_append_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void buf_append_char(struct buf *buf, char c)
{
	buf_append(buf, &c, 1);
}

void buf_append_u64(struct buf *buf, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_append(buf, digits + at, sizeof(digits) - at);
}

void buf_append_i64(struct buf *buf, int64_t value)
{
	if (value < 0) {
		buf_append_char(buf, '-');
		buf_append_u64(buf, (uint64_t)0 - (uint64_t)value);
		return;
	}
	buf_append_u64(buf, (uint64_t)value);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int length;
	char *at;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0) {
		buf->failed = true;
		return;
	}
	at = buf_reserve(buf, (size_t)length);
	if (!at)
		return;
	va_start(args, format);
	vsnprintf(at, (size_t)length + 1, format, args);
	va_end(args);
	buf->length += (size_t)length;
}

char *buf_take(struct buf *buf, size_t *length_r)
{
	char *data = NULL;

	if (buf->failed) {
		buf_release(buf);
	} else {
		data = buf->data;
		if (length_r)
			*length_r = buf->length;
		*buf = (struct buf)BUF_INIT;
	}
	return data;
}
