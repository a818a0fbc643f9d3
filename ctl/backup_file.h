#ifndef CONFAB_CTL_BACKUP_FILE_H
#define CONFAB_CTL_BACKUP_FILE_H

#include <openssl/sha.h>
#include <stdint.h>

/*
 * The file of a backup: lines of text, compressed as one gzip stream.
 *
 *   confab-backup 1
 *   @head {"product":"0.1.0","schema":3,"generation":2,"created_at":...}
 *   @table NAME COLUMN COLUMN ...
 *   a line for each row: ctl/backup_lines.h
 *   @rows COUNT SHA256               of the rows' lines of this table
 *   @table ...
 *   @end COUNT SHA256                of all rows; of all bytes before
 *
 * Nothing follows. The number in the first line is the format's; whoever knows
 * it only up to a lower one reads no further.
 */
#define BACKUP_FORMAT 1u
#define BACKUP_MAGIC "confab-backup "
#define BACKUP_HEAD "@head "
#define BACKUP_TABLE "@table "
#define BACKUP_ROWS "@rows "
#define BACKUP_END "@end "

/* In hex with a NUL. */
#define BACKUP_DIGEST_SIZE (2 * SHA256_DIGEST_LENGTH + 1)

struct backup_head {
	char product[32];    /* version of the program that wrote it */
	uint64_t schema;     /* the last migration of the database */
	uint64_t generation; /* of the numbers */
	int64_t created_at_ms;
};

struct backup_sum {
	uint64_t rows;
	char digest[BACKUP_DIGEST_SIZE];
};

#endif
