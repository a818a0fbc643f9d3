#ifndef CONFAB_API_SWEEPER_H
#define CONFAB_API_SWEEPER_H

#include <microhttpd.h>

/*
 * The HTTP library's own timeout counts silence only, so a client that sends a
 * byte now and then could hold its connection for ever. One thread looks every
 * second and shuts down the sockets of connections that take longer than
 * HTTP_REQUEST_TIMEOUT_MS for a whole request, or idle between requests for
 * longer than HTTP_IDLE_TIMEOUT_MS.
 */
struct sweeper;

struct sweeper *sweeper_new(void);
void sweeper_free(struct sweeper **sweeper);

/* For MHD_OPTION_NOTIFY_CONNECTION. NULL without memory: never swept. */
void *sweeper_add(struct sweeper *sweeper, struct MHD_Connection *connection);
void sweeper_remove(struct sweeper *sweeper, void *entry);

void sweeper_request_started(struct sweeper *sweeper,
			     struct MHD_Connection *connection);
/* All of it is here: the time that follows is ours. */
void sweeper_request_complete(struct sweeper *sweeper,
			      struct MHD_Connection *connection);
void sweeper_request_ended(struct sweeper *sweeper,
			   struct MHD_Connection *connection);

#endif
