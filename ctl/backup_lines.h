#ifndef CONFAB_CTL_BACKUP_LINES_H
#define CONFAB_CTL_BACKUP_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/sql.h"

/*
 * A row as a line: its values with tabs between them, each with its type in
 * front. n: NULL; u and i: a number in digits, without and with a sign; d: a
 * time, Unix ms; t: a text, in which \\, \t, \n, \r and \0 stand for a
 * backslash and what cannot stand in a line; x: bytes in hex.
 */

/* Appends the line with its newline. */
void backup_line_encode(const struct sql_value *values, size_t count,
			struct buf *out);
/* Decodes a line (without its newline, NUL-terminated) of exactly `count`
 * values in place: texts and bytes point into it. False when it is no such
 * line. */
bool backup_line_decode(char *line, size_t length, struct sql_value *values_r,
			size_t count) __attribute__((warn_unused_result));

#endif
