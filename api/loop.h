#ifndef CONFAB_API_LOOP_H
#define CONFAB_API_LOOP_H

#include <microhttpd.h>

struct loop;
struct request;

/*
 * A thread that serves connections, with a libmicrohttpd daemon of its own
 * (external epoll mode). Suspended connections are resumed by the thread that
 * they belong to, all those together whose answers have become ready: a batch
 * of answers costs one wake-up at most, and none while the thread is busy.
 */

/* Makes the daemon; it takes over the socket `listening`. NULL: it cannot. */
typedef struct MHD_Daemon *loop_daemon_fn(void *context, struct loop *loop,
					  int listening);

/* The socket stays the caller's. NULL when there is no daemon or thread. */
struct loop *loop_new(loop_daemon_fn *daemon, void *context, int listening);
/* Takes no new connections from here on. */
void loop_quiesce(struct loop *loop);
/* Closes its connections; none may be suspended that is not resumed yet. */
void loop_free(struct loop **loop);
/* What loop_new() was given. */
void *loop_context(const struct loop *loop);

/* Resumes a suspended request of a connection of this loop. Any thread; the
 * request is no longer the caller's. */
void loop_resume(struct loop *loop, struct request *request);

#endif
