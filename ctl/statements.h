#ifndef CONFAB_CTL_STATEMENTS_H
#define CONFAB_CTL_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes the next statement of an SQL text: *at moves behind its ';', which is
 * not part of it. A ';' in a comment or between quotes ends nothing; what is
 * blank or comment only is no statement. False at the end of the text.
 * *statement_r points into the text and is not NUL-terminated.
 */
bool statements_next(const char **at, const char **statement_r,
		     size_t *length_r) __attribute__((warn_unused_result));

#endif
