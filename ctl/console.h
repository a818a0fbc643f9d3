#ifndef CONFAB_CTL_CONSOLE_H
#define CONFAB_CTL_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/fault.h"

/*
 * What people see beside the data. Data goes to stdout, everything here to
 * stderr, so that a script can take the one without the other.
 */

/* "confabctl: ..." and a newline. */
void console_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* The error's sentence behind what was being done: "confabctl: cannot <doing>:
 * <error>". */
void console_fault(const char *doing, const struct error *error);

/* Text of others for people: what a terminal would take as an order is "?". */
void console_append_printable(struct buf *out, const char *text, size_t length);

/* For verbs that are made of others, whose data is not theirs: what is printed
 * on stdout goes to stderr until console_end_divert() gets what this returned,
 * -1 on failure. To be called before anything is printed. */
int console_divert(void) __attribute__((warn_unused_result));
void console_end_divert(int data);

/* Asks on the terminal; only "yes" is a yes. */
bool console_confirm(const char *question) __attribute__((warn_unused_result));
/* True when there is somebody to ask. */
bool console_can_ask(void);

enum console_colour { CONSOLE_PLAIN, CONSOLE_GOOD, CONSOLE_WORSE, CONSOLE_BAD };

/* What switches to the colour, CONSOLE_PLAIN back from it: "" unless `out` is a
 * terminal that knows colours and NO_COLOR is not set. */
const char *console_colour(FILE *out, enum console_colour colour);

/* True when `out` is a terminal on which a line can be rewritten. */
bool console_is_terminal(FILE *out);

#endif
