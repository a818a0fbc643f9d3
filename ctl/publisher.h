#ifndef CONFAB_CTL_PUBLISHER_H
#define CONFAB_CTL_PUBLISHER_H

#include "common/amqp.h"
#include "common/event.h"

/* Publishes events and waits for the broker's confirms. */
struct publisher {
	struct amqp_link *link;
	/* An AMQP message that is being filled: events of one type. */
	struct buf message;
	enum event_type type;
	struct uuid first_id;
};

#define PUBLISHER_INIT                                                         \
	{                                                                      \
		.message = BUF_INIT                                            \
	}

MUST_CHECK enum fault publisher_open(struct publisher *publisher,
				     const char *rabbitmq_url,
				     struct error *error);
void publisher_close(struct publisher *publisher);

/* Adds an event; `line` may be NULL: the event is encoded then. What does not
 * fit with it is published first. */
MUST_CHECK enum fault publisher_add(struct publisher *publisher,
				    const struct event *event,
				    const struct buf *line,
				    struct error *error);
/* Publishes what was added and is not published yet. */
MUST_CHECK enum fault publisher_flush(struct publisher *publisher,
				      struct error *error);

#endif
