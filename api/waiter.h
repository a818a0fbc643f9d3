#ifndef CONFAB_API_WAITER_H
#define CONFAB_API_WAITER_H

#include "api/request.h"

/*
 * Prefer: wait (RFC 7240, 4.3): holds accepted creates until their rows are
 * stored or their time is over. One thread, one SQL connection, looking every
 * few hundredths of a second, at those who wait long less often.
 */
struct server;
struct waiter;

struct waiter *waiter_new(struct server *server);
/* Finishes what it holds as accepted. */
void waiter_free(struct waiter **waiter);
/* The request was accepted; its wait_s says how long. Any thread. */
void waiter_submit(struct waiter *waiter, struct request *request);
/* From now on all are finished as accepted at once. Any thread. */
void waiter_hurry(struct waiter *waiter);

#endif
