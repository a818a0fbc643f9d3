#ifndef CONFAB_CTL_TABLE_WALK_H
#define CONFAB_CTL_TABLE_WALK_H

#include "common/buf.h"
#include "common/fault.h"
#include "common/sql.h"
#include "ctl/backup_tables.h"

/*
 * A walk over all rows of a table in the order of its key, page by page: no
 * page costs more than another, and memory holds one.
 */
struct table_walk {
	size_t columns, keys;
	const char *first_page, *next_page; /* statements */
	bool begun;
	/* the key of the last row that was seen */
	struct sql_value key[BACKUP_KEYS];
	struct buf key_bytes[BACKUP_KEYS];
};

/* `name` is the table's, or of another one of its form. FAULT_TEMPORARY when
 * memory is out. table_walk_release() in either case. */
MUST_CHECK enum fault table_walk_init(struct table_walk *walk,
				      const struct backup_table *table,
				      const char *name,
				      const char *const *columns,
				      struct error *error);
void table_walk_release(struct table_walk *walk);

/* Calls `take` for each row of the next page; it must take all. *rows_r 0: the
 * walk is at its end. */
MUST_CHECK enum fault table_walk_next(struct table_walk *walk, struct sql *sql,
				      sql_row_fn *take, void *context,
				      size_t *rows_r, struct error *error);

#endif
