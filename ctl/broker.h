#ifndef CONFAB_CTL_BROKER_H
#define CONFAB_CTL_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"

struct ctl;

/*
 * RabbitMQ through its management API, whose figures are those of a few seconds
 * ago. Where RABBITMQ_URL is set, `ready` and `consumers` are those of now. All
 * count AMQP messages, which carry one event or some hundred.
 */
enum { BROKER_PERSIST, BROKER_QUEUES = 4 };

struct broker_queue {
	const char *name; /* static */
	bool exists;
	uint64_t ready, unacknowledged, consumers;
	double in, out; /* messages a second: published, acknowledged */
};

/* Confab's four queues, always in the same order, confab.persist first. */
MUST_CHECK enum fault broker_queues(struct ctl *ctl,
				    struct broker_queue queues_r[BROKER_QUEUES],
				    struct error *error);
/* Throws away what is ready in a queue. */
MUST_CHECK enum fault broker_purge(struct ctl *ctl, const char *queue,
				   struct error *error);

#endif
