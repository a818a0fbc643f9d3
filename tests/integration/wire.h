#ifndef CONFAB_TESTS_INTEGRATION_WIRE_H
#define CONFAB_TESTS_INTEGRATION_WIRE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A process between a daemon and the broker, which cuts what the broker says
 * into single bytes or puts something else in its place.
 */
struct wire {
	int pid, commands;
	unsigned port;
	char changed[256]; /* for worker_start_with(): RABBITMQ_URL through it
			    */
};

void wire_start(struct wire *wire_r);
void wire_stop(struct wire *wire);

/* From now on both ways are cut into single bytes and, by turns, glued. */
void wire_slice(struct wire *wire);
/* The next thing that the broker says, on each connection that is open now, is
 * these bytes instead, at most 200 of them. */
void wire_inject(struct wire *wire, const void *bytes, size_t length);

#endif
