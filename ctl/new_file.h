#ifndef CONFAB_CTL_NEW_FILE_H
#define CONFAB_CTL_NEW_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"

/*
 * A file that appears under its name when it is complete: written beside it
 * under another one, mode 0600, synced, renamed. Or stdout.
 */
struct new_file {
	int fd;		  /* to write to; -1: none */
	const char *path; /* the caller's; "-" is stdout */
	char *temporary;  /* heap; NULL: stdout, or it has its name */
	bool replace;
};

#define NEW_FILE_INIT                                                          \
	{                                                                      \
		-1, "-", NULL, false                                           \
	}

/* FAULT_NONE when new_file_open() would find nothing in its way. */
MUST_CHECK enum fault new_file_check(const char *path, bool replace,
				     struct error *error);
/* What is at `path` already is an error unless `replace`, and in any case when
 * it is no regular file. stdout must not be a terminal. new_file_release() in
 * either case. */
MUST_CHECK enum fault new_file_open(struct new_file *file, const char *path,
				    bool replace, struct error *error);
/* Removes what has not got its name. */
void new_file_release(struct new_file *file);
/* For messages. */
const char *new_file_name(const struct new_file *file);
/* Syncs it and gives it its name. *bytes_r: its size; 0: stdout. */
MUST_CHECK enum fault new_file_finish(struct new_file *file, uint64_t *bytes_r,
				      struct error *error);

#endif
