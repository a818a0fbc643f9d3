#ifndef CONFAB_CTL_ROW_INSERTS_H
#define CONFAB_CTL_ROW_INSERTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/sql.h"

/* Rows for one table, inserted many at once and committed from time to time. */
struct row_inserts;

/* `columns` are NULL-terminated. NULL when memory is out. Free it only when
 * `sql` was disconnected: the statements live here. */
struct row_inserts *row_inserts_new(struct sql *sql, const char *table,
				    const char *const *columns);
void row_inserts_free(struct row_inserts **inserts);

/* Copies the row; inserts when there are enough. */
MUST_CHECK enum fault row_inserts_add(struct row_inserts *inserts,
				      const struct sql_value *values,
				      struct error *error);
/* Inserts what is left, and commits. */
MUST_CHECK enum fault row_inserts_finish(struct row_inserts *inserts,
					 struct error *error);

#endif
