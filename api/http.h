#ifndef CONFAB_API_HTTP_H
#define CONFAB_API_HTTP_H

#include "api/request.h"

/*
 * The HTTP side on libmicrohttpd: connections, bodies, deadlines, suspending
 * and resuming.
 */
#define HTTP_REQUEST_TIMEOUT_MS 10000 /* to send a whole request */
#define HTTP_IDLE_TIMEOUT_MS 75000    /* between two requests */
/* To take an answer: this long, and longer for what a slow line needs. */
#define HTTP_ANSWER_TIMEOUT_MS 10000
#define HTTP_ANSWER_BYTES_PER_MS 128

struct http;

/* Starts listening. NULL with the reason on the log. */
struct http *http_new(struct server *server);
/* No new connections from here on; requests that come are told 503. */
void http_quiesce(struct http *http);
/* Waits until every request that came whole has its answer sent, at most `ms`.
 * False: some have not. */
bool http_wait_idle(struct http *http, int64_t ms);
/* Only when no request is suspended. */
void http_free(struct http **http);
/* Resumes a suspended request. Any thread. */
void http_resume(struct request *request);

extern struct metric_series http_requests[]; /* by status class 1xx..5xx */
extern struct metric_series http_connections;
extern struct metric_histogram http_seconds;
#define HTTP_STATUS_CLASSES 5

#endif
