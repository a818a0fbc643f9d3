#ifndef CONFAB_CTL_RESTORE_TABLES_H
#define CONFAB_CTL_RESTORE_TABLES_H

#include "common/fault.h"
#include "common/sql.h"
#include "ctl/backup_reader.h"
#include "ctl/backup_report.h"

/*
 * The tables that a restore fills, restore_NAME, beside those that are in use:
 * these stay as they are until the others are complete and proved equal to the
 * file, and then all change places in one statement.
 */
struct restore_tables;

/* NULL when memory is out. `sql` must outlive it, and be disconnected before
 * restore_tables_free(). */
struct restore_tables *restore_tables_new(struct sql *sql);
void restore_tables_free(struct restore_tables **tables);

/* Makes them, empty. */
MUST_CHECK enum fault restore_tables_make(struct restore_tables *tables,
					  struct error *error);
/* Fills them; `total` rows are expected, for the progress. */
MUST_CHECK enum fault restore_tables_load(struct restore_tables *tables,
					  struct backup_reader *reader,
					  uint64_t total, struct error *error);
/* Reads them back: FAULT_PERMANENT when a table is not what the report says. */
MUST_CHECK enum fault restore_tables_check(struct restore_tables *tables,
					   const struct backup_report *report,
					   struct error *error);
/* Puts them in place of the others, which must be empty and go. Ids of
 * applications go on behind those that were ever given here. */
MUST_CHECK enum fault restore_tables_switch(struct restore_tables *tables,
					    struct error *error);
/* Deletes what is not in its place. */
MUST_CHECK enum fault restore_tables_drop(struct restore_tables *tables,
					  struct error *error);

#endif
