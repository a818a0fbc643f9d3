#ifndef CONFAB_COUNTER_RECONCILE_H
#define CONFAB_COUNTER_RECONCILE_H

#include <stdint.h>

#include "common/fault.h"
#include "common/metrics.h"
#include "common/sql.h"

/*
 * The regular reconcile, in the pauses of one counter: of all counters the one
 * that holds the server's lock does it, soon after it got the lock and then at
 * each interval.
 */
struct reconcile;

/* `sql` is the caller's; minutes 0: never. NULL when memory is out. */
struct reconcile *reconcile_new(struct sql *sql, int64_t minutes);
void reconcile_free(struct reconcile **reconcile);
/* Goes on with what is due, until clock_monotonic_ms() reaches `until_ms` (a
 * step begun is finished). */
MUST_CHECK enum fault reconcile_work(struct reconcile *reconcile,
				     int64_t until_ms, struct error *error);

/* confab_reconciles_total, confab_counts_corrected_total */
extern struct metric_series reconcile_runs, reconcile_corrected;

#endif
