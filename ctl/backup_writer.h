#ifndef CONFAB_CTL_BACKUP_WRITER_H
#define CONFAB_CTL_BACKUP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/sql.h"
#include "ctl/backup_file.h"

/*
 * Writes the file of a backup: under a name of its own, for nobody else to
 * read, and under `path` in one step when it is complete and on disk. What is
 * not finished leaves nothing behind.
 */
struct backup_writer;

/* "-" is stdout. A file that is there already is an error unless `force`.
 * `path` must outlive it. backup_writer_free() when it worked. */
MUST_CHECK enum fault backup_writer_new(const char *path, bool force,
					const struct backup_head *head,
					struct backup_writer **writer_r,
					struct error *error);
void backup_writer_free(struct backup_writer **writer);

/* A table with its rows; `columns` are NULL-terminated. *sum_r when it ends. */
MUST_CHECK enum fault backup_writer_begin(struct backup_writer *writer,
					  const char *table,
					  const char *const *columns,
					  struct error *error);
MUST_CHECK enum fault backup_writer_row(struct backup_writer *writer,
					const struct sql_value *values,
					size_t count, struct error *error);
MUST_CHECK enum fault backup_writer_end(struct backup_writer *writer,
					struct backup_sum *sum_r,
					struct error *error);

/* Completes it: on disk, and under its name. *bytes_r: the file's size, 0 where
 * it has none. */
MUST_CHECK enum fault backup_writer_finish(struct backup_writer *writer,
					   struct backup_sum *sum_r,
					   uint64_t *bytes_r,
					   struct error *error);

#endif
