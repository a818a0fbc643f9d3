#ifndef CONFAB_API_SWEEPER_H
#define CONFAB_API_SWEEPER_H

#include <microhttpd.h>
#include <stddef.h>

/*
 * The HTTP library's own timeout counts silence only, so a client that sends or
 * takes a byte now and then could hold its connection for ever. One thread
 * looks every second and shuts down the sockets of connections that take longer
 * than HTTP_REQUEST_TIMEOUT_MS for a whole request (the first one counts from
 * the moment of connecting), idle between requests for longer than
 * HTTP_IDLE_TIMEOUT_MS, or take their answer too slowly.
 */
struct sweeper;

struct sweeper *sweeper_new(void);
void sweeper_free(struct sweeper **sweeper);

/* For MHD_OPTION_NOTIFY_CONNECTION. NULL without memory: never swept. */
void *sweeper_add(struct sweeper *sweeper, struct MHD_Connection *connection);
void sweeper_remove(struct sweeper *sweeper, void *entry);

/* The request line came. */
void sweeper_request_started(struct MHD_Connection *connection);
/* All of it is here: the time that follows is ours. */
void sweeper_request_complete(struct MHD_Connection *connection);
/* The client's turn again: to take this many bytes. */
void sweeper_answer_started(struct MHD_Connection *connection, size_t length);
void sweeper_request_ended(struct MHD_Connection *connection);

#endif
