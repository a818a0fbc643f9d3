#ifndef CONFAB_CTL_CONSOLE_H
#define CONFAB_CTL_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

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

/* For verbs that are made of others, whose data is not theirs: what is printed
 * on stdout goes to stderr until console_end_divert() gets what this returned,
 * -1 on failure. To be called before anything is printed. */
int console_divert(void) __attribute__((warn_unused_result));
void console_end_divert(int data);

/* Asks on the terminal; only "yes" is a yes. */
bool console_confirm(const char *question) __attribute__((warn_unused_result));
/* True when there is somebody to ask. */
bool console_can_ask(void);

/*
 * Progress of long work with its rate and the time that is left: one line that
 * is rewritten on a terminal, a plain line every few seconds elsewhere.
 */
struct progress {
	const char *doing;
	uint64_t total;	   /* 0 if it is not known */
	uint64_t begun_at; /* what was done before, by an earlier process */
	int64_t started_ms;
	int64_t shown_ms; /* 0: never */
	bool rewrite;
};

void progress_start(struct progress *progress, const char *doing,
		    uint64_t total);
void progress_update(struct progress *progress, uint64_t done);
/* Shows the last figure and ends the line. */
void progress_finish(struct progress *progress, uint64_t done);

#endif
