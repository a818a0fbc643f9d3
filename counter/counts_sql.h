#ifndef CONFAB_COUNTER_COUNTS_SQL_H
#define CONFAB_COUNTER_COUNTS_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/sql.h"
#include "counter/parent.h"

/*
 * The statements of a flush on the rows of parents themselves, each over many
 * of them at once. All lock in the order: dirty_chats, chats, applications,
 * each by its key.
 */
struct counts_sql;

/* An application whose counts change, sorted by id. */
struct change {
	uint64_t application_id;
	int64_t messages;     /* to add to its messages_count */
	struct parent *chats; /* when its own chats were counted, or NULL */
};

/* `most`: parents at once. NULL when memory is out. */
struct counts_sql *counts_sql_new(struct sql *sql, size_t most);
/* After the connection. */
void counts_sql_free(struct counts_sql **counts);

/* Locks the chats among n parents; `locked` stays false where there is no row
 * yet or someone else holds it. */
MUST_CHECK enum fault counts_sql_lock_chats(struct counts_sql *counts,
					    struct parent *parents, size_t n,
					    struct error *error);
MUST_CHECK enum fault counts_sql_store_chats(struct counts_sql *counts,
					     const struct parent *parents,
					     size_t n, struct error *error);
/* Locks the applications, and reads the counts of those with `chats`. */
MUST_CHECK enum fault counts_sql_lock_applications(struct counts_sql *counts,
						   struct change *changes,
						   size_t n,
						   struct error *error);
MUST_CHECK enum fault
counts_sql_store_applications(struct counts_sql *counts,
			      const struct change *changes, size_t n,
			      struct error *error);
#endif
