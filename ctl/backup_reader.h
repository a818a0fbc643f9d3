#ifndef CONFAB_CTL_BACKUP_READER_H
#define CONFAB_CTL_BACKUP_READER_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/sql.h"
#include "ctl/backup_file.h"
#include "ctl/backup_tables.h"

/*
 * Reads the file of a backup, and trusts none of it: what it hands out has the
 * form that is due, and what is counted and summed up in the file is compared
 * as it comes by.
 */
struct backup_reader;

/* "-" is stdin, which is kept in a nameless file. Reads the head: a file that
 * is no backup, or of a newer format, is told here. FAULT_PERMANENT with the
 * reason. backup_reader_free() when it worked. */
MUST_CHECK enum fault backup_reader_new(const char *path,
					struct backup_head *head_r,
					struct backup_reader **reader_r,
					struct error *error);
void backup_reader_free(struct backup_reader **reader);
/* Back to behind the head. */
MUST_CHECK enum fault backup_reader_rewind(struct backup_reader *reader,
					   struct error *error);

enum backup_part {
	BACKUP_PART_TABLE, /* table and columns are set */
	BACKUP_PART_ROW,   /* and values */
	BACKUP_PART_SUM,   /* and sum: the table is complete and right */
	BACKUP_PART_END	   /* sum is that of the whole */
};

/* What was read last; valid until the next call. */
struct backup_item {
	enum backup_part part;
	size_t table; /* of backup_tables */
	const char *columns[BACKUP_COLUMNS];
	size_t count; /* of columns and values */
	struct sql_value values[BACKUP_COLUMNS];
	struct backup_sum sum;
};

/* Each table comes once at most. Nothing comes behind BACKUP_PART_END. */
MUST_CHECK enum fault backup_reader_next(struct backup_reader *reader,
					 struct backup_item *item,
					 struct error *error);
/* Bytes of the file that were read, and its size, for a progress. */
void backup_reader_position(const struct backup_reader *reader,
			    uint64_t *read_r, uint64_t *size_r);

#endif
