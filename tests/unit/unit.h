#ifndef CONFAB_TESTS_UNIT_UNIT_H
#define CONFAB_TESTS_UNIT_UNIT_H

/* cmocka.h wants these four in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* For tables: fails, and says for which row. */
#define fail_row(...) fail_row_at(__FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5), noreturn)) static inline void
fail_row_at(const char *file, int line, const char *row, const char *format,
	    ...)
{
	char sentence[512];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	print_error("row \"%s\": %s\n", row, sentence);
	_fail(file, line);
	abort(); /* _fail() does not return, but does not say so */
}

/* A copy in memory of exactly that size, so that a sanitizer or valgrind sees
 * each byte that is touched behind it. free() it. */
static inline char *exact_copy(const void *bytes, size_t length)
{
	char *copy = malloc(length ? length : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, length);
	return copy;
}

#endif
