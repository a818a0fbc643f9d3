#ifndef CONFAB_TESTS_CHAOS_JOURNAL_H
#define CONFAB_TESTS_CHAOS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The file in which everything that happened stands, a line each: milliseconds
 * since the start (CLOCK_MONOTONIC), what, and key=value. Any thread.
 */
bool journal_open(const char *path) __attribute__((warn_unused_result));
/* False when something could not be written. */
bool journal_close(void) __attribute__((warn_unused_result));
void journal_write(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* To the file, and on a line of its own to the terminal. */
void journal_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The terminal's last line, which the next one replaces; elsewhere a plain line
 * every few seconds. */
void journal_status(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* Milliseconds since journal_open(). */
int64_t journal_now_ms(void);

#endif
