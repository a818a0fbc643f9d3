#ifndef CONFAB_API_HTTP_H
#define CONFAB_API_HTTP_H

#include "api/request.h"

/*
 * The HTTP side on libmicrohttpd: connections, bodies, deadlines, suspending
 * and resuming.
 */
#define HTTP_TARGET_MAX 8192u
#define HTTP_HEADERS_MAX 32768u
#define HTTP_REQUEST_TIMEOUT_MS 10000 /* to send a whole request */
#define HTTP_IDLE_TIMEOUT_MS 75000    /* between two requests */

struct http;

/* Starts listening. NULL with the reason on the log. */
struct http *http_new(struct server *server);
/* No new connections from here on; requests that come are told 503. */
void http_quiesce(struct http *http);
/* Waits until no request is being worked on, at most `ms`. False: some are. */
bool http_wait_idle(struct http *http, int64_t ms);
/* Only when idle. */
void http_free(struct http **http);
/* Resumes a suspended request. Any thread. */
void http_resume(struct http *http, struct request *request);

extern struct metric_series http_requests[]; /* by status class 1xx..5xx */
extern struct metric_series http_connections;
extern struct metric_histogram http_seconds;
#define HTTP_STATUS_CLASSES 5

#endif
