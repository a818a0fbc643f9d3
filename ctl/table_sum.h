#ifndef CONFAB_CTL_TABLE_SUM_H
#define CONFAB_CTL_TABLE_SUM_H

#include "common/fault.h"
#include "common/sql.h"
#include "ctl/backup_file.h"
#include "ctl/backup_tables.h"
#include "ctl/progress_bar.h"

/* Reads a table of that form as a backup would, and sums up what would be
 * written. *all_rows grows by its rows, and the progress follows. */
MUST_CHECK enum fault
table_sum(struct sql *sql, const struct backup_table *table, const char *name,
	  const char *const *columns, struct progress_bar *progress,
	  uint64_t *all_rows, struct backup_sum *sum_r, struct error *error);

#endif
