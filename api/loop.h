#ifndef CONFAB_API_LOOP_H
#define CONFAB_API_LOOP_H

#include <stdint.h>

struct connection;
struct loop;
struct request;

/*
 * A thread that serves connections, edge-triggered. Requests whose answers
 * were made elsewhere come back to the thread that they belong to, all those
 * together that have become ready: a batch of answers costs one wake-up at
 * most, and none while the thread is busy.
 */
#define LOOP_SCRATCH (64u * 1024u)

/* The listening socket stays the caller's, who may share it among loops. At
 * most so many connections at once; others wait to be accepted. NULL without
 * memory, descriptors or a thread. */
struct loop *loop_new(void *context, int listening, unsigned connections);
/* Takes no new connections from here on. */
void loop_quiesce(struct loop *loop);
/* Closes its connections; none may be worked on that has not come back. */
void loop_free(struct loop **loop);

/* The request is no longer the caller's: the loop's thread gives it to
 * http_resumed(). Any thread. */
void loop_resume(struct loop *loop, struct request *request);

/* ---- for the loop's own thread ---- */

/* What loop_new() was given. */
void *loop_context(const struct loop *loop);
/* LOOP_SCRATCH bytes for whoever reads, until the next one does. */
char *loop_scratch(struct loop *loop);
/* The monotonic time at the begin of this turn. */
int64_t loop_now_ms(const struct loop *loop);
/* For the header Date (RFC 9110, 6.6.1). */
const char *loop_date(struct loop *loop);
/* Others first, then this one goes on. */
void loop_again(struct loop *loop, struct connection *connection);
/* Frees a closed connection, when nobody looks at it any more. */
void loop_drop(struct loop *loop, struct connection *connection);

#endif
