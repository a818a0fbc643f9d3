#ifndef CONFAB_API_TRAFFIC_H
#define CONFAB_API_TRAFFIC_H

#include "api/routes.h"
#include "common/metrics.h"

/*
 * What is asked and how it is answered: answers by class of status and time by
 * route, whatever the dialect. A route is called by its pattern, so there are
 * as many series as the table has routes, and none tells a token.
 */

/* Before the first request: names the series of the routes that this role
 * serves. */
void traffic_init(bool ingest);
/* An answer goes out; `route` NULL: its path or method has none. */
void traffic_count(const struct route *route, unsigned status, int64_t us);
/* The client went away, or was too slow, before its answer was sent. */
void traffic_count_aborted(void);

extern const struct metric_family traffic_metrics[];

#endif
