#ifndef CONFAB_TESTS_INTEGRATION_BROKER_H
#define CONFAB_TESTS_INTEGRATION_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/* RabbitMQ through its management API, as an operator would. */

/* Publishes to confab.events. */
void broker_publish(const char *routing_key, const char *payload);

struct talk;

/* The line of a message.created event of that talk, as another program would
 * make it. An event's id follows from its place. Valid until the next call. */
const char *broker_event(const struct talk *talk, unsigned number,
			 const char *text);
/* The same for message.voided. */
const char *broker_void_event(const struct talk *talk, unsigned number);

/* A queue of the test's own that gets a copy of every event. */
void broker_copy_start(void);
void broker_copy_stop(void);
/* The same as a test's setup and teardown. */
int broker_copy_set_up(void **state);
int broker_copy_take_down(void **state);

struct broker_message {
	const char *routing_key;
	const char *payload;
	const char *reason; /* headers x-confab-reason and -queue, or "" */
	const char *queue;
};
/* Takes all messages that are ready out of a queue and calls `each` for
 * each. */
void broker_take(const char *queue,
		 void (*each)(void *context, const struct broker_message *),
		 void *context);

/* A condition: nothing waits in confab.persist, confab.index, confab.count, and
 * nobody holds anything. The broker's figures are up to 5 s old. */
bool broker_is_drained(void *context);

#endif
