#ifndef CONFAB_COMMON_BUF_H
#define CONFAB_COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A byte buffer that grows. `data` is NUL-terminated behind `length` as soon
 * as anything was appended, so that it can be printed; it may hold NULs.
 *
 * Appending never reports failure call by call: when memory runs out,
 * `failed` is set, all later appends do nothing, and the owner looks once, at
 * the end.
 */
struct buf {
	char *data;
	size_t length;
	size_t capacity;
	bool failed;
};

#define BUF_INIT                                                               \
	{                                                                      \
		NULL, 0, 0, false                                              \
	}

void buf_release(struct buf *buf);
/* Empties without giving memory back; clears `failed`. */
void buf_clear(struct buf *buf);
/* Makes room for `more` bytes; returns where to write, NULL on failure. The
 * caller adds what it wrote to `length`. */
char *buf_reserve(struct buf *buf, size_t more);
void buf_append(struct buf *buf, const void *bytes, size_t length);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_char(struct buf *buf, char c);
void buf_append_u64(struct buf *buf, uint64_t value);
void buf_append_i64(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Hands the memory over (free() it) and leaves the buffer empty. NULL when
 * nothing was appended or an append failed. */
char *buf_take(struct buf *buf, size_t *length_r);

#endif
