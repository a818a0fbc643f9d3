#ifndef CONFAB_PERSISTER_STORE_H
#define CONFAB_PERSISTER_STORE_H

#include <stddef.h>

#include "common/fault.h"
#include "common/metrics.h"
#include "common/sql.h"
#include "persister/order.h"

/* Writes rows, one transaction at a time. */
struct store;

/* `sql` and `rabbitmq_url` must outlive it. At most max_rows to one call. NULL
 * when memory is out. */
struct store *store_new(struct sql *sql, const char *rabbitmq_url,
			size_t max_rows);
void store_free(struct store **store);

/*
 * Stores the rows, which are in the order of order_rows(), all or none, in one
 * transaction. What is there already under the same event id is left as it is.
 * Under another id, the higher generation has the row: an older one's event
 * becomes a dead letter in the same transaction, since it was never
 * acknowledged; else the row is marked as collided and is for the caller to
 * give up. A row wins over a void of its number. Keys and voids of an older
 * generation of numbers are left out (fence.h).
 *
 * The outcome may be unknown (FAULT_UNSURE): storing again is right.
 */
MUST_CHECK enum fault store_rows(struct store *store, struct row *rows,
				 size_t count, struct error *error);

/*
 * A row that was refused for good becomes a dead letter, whose number is
 * promised: its key is kept all the same, in a transaction of its own. A key
 * that is refused as well is left out.
 */
MUST_CHECK enum fault store_key(struct store *store, struct row *row,
				struct error *error);

extern const struct metric_family store_metrics[];

#endif
