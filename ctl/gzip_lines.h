#ifndef CONFAB_CTL_GZIP_LINES_H
#define CONFAB_CTL_GZIP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

/* A file read line by line, compressed by gzip or not. */
struct gzip_lines;

/* "-" is stdin, which is kept in a nameless file. gzip_lines_free() when it
 * worked. */
MUST_CHECK enum fault gzip_lines_new(const char *path,
				     struct gzip_lines **lines_r,
				     struct error *error);
void gzip_lines_free(struct gzip_lines **lines);
MUST_CHECK enum fault gzip_lines_rewind(struct gzip_lines *lines,
					struct error *error);
/*
 * The next line with its newline, and a NUL behind it; the caller may change
 * it, and it is valid until the next call. *length_r 0: the file is at its end.
 * FAULT_PERMANENT when what is there is damaged, ends within a line, or has a
 * line of more than GZIP_LINES_MAX bytes.
 */
#define GZIP_LINES_MAX (48u * 1024u * 1024u)
MUST_CHECK enum fault gzip_lines_next(struct gzip_lines *lines, char **line_r,
				      size_t *length_r, struct error *error);
/* Bytes of the file that were read, and its size. */
void gzip_lines_position(const struct gzip_lines *lines, uint64_t *read_r,
			 uint64_t *size_r);

#endif
