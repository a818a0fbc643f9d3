#ifndef CONFAB_API_TOPOLOGY_H
#define CONFAB_API_TOPOLOGY_H

#include <stdbool.h>

#include "api/audit.h"
#include "common/metrics.h"

/*
 * Watches, once a second and over a connection of its own, that the exchange
 * and the three queues of the events are there, and that accepted events get
 * into the rows (audit.h). When one queue is missing, the others still take an
 * event and the broker confirms it, so only looking shows that it would not
 * get everywhere.
 */
struct topology;

/* NULL when no thread can be had. The texts and settings must outlive it. */
struct topology *topology_new(const char *rabbitmq_url, const char *name,
			      const struct sql_settings *sql);
void topology_free(struct topology **topology);
/* NULL is none: nothing is watched then, and all counts as there. */
struct audit *topology_audit(struct topology *topology);
/* False from when something was seen to be missing until all was seen to be
 * there, and while events are known to get lost. A broker that does not answer
 * changes nothing. Any thread. */
bool topology_is_whole(const struct topology *topology);

/* What it saw last of each of the queues, confab.dead among them. */
extern struct metric_series topology_messages[4], topology_consumers[4];

#endif
