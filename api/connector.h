#ifndef CONFAB_API_CONNECTOR_H
#define CONFAB_API_CONNECTOR_H

#include <stdbool.h>

#include "common/fault.h"

/*
 * Makes connections in a thread of its own, so that a server that hangs during
 * the handshake holds up nobody. Retries with backoff until it has one, and
 * logs why it fails when the reason changes.
 */
struct connector;

/* `connect` returns the new connection or NULL with *error filled; it runs in
 * the connector's thread. `drop` frees one that nobody took. `wake` is called
 * when one is there. NULL when no thread can be had. */
struct connector *connector_new(void *(*connect)(void *context,
						 struct error *error),
				void (*drop)(void *connection),
				void (*wake)(void *context), void *context);
void connector_free(struct connector **connector);
/* Asks for one; does nothing while one is being made or waits to be taken. */
void connector_ask(struct connector *connector);
/* The new connection, which the caller owns now, or NULL. */
void *connector_take(struct connector *connector);

#endif
