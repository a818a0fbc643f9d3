#ifndef CONFAB_API_HTTP_H
#define CONFAB_API_HTTP_H

#include "api/request.h"
#include "common/metrics.h"

/*
 * HTTP/1.1 (RFC 9110, 9112): loops (loop.h) serve connections (connection.h),
 * whose requests are worked on here or by others, and answered.
 */
#define HTTP_REQUEST_TIMEOUT_MS 10000 /* to send a whole request */
#define HTTP_IDLE_TIMEOUT_MS 75000    /* between two requests */
/* To take an answer: this long, and longer for what a slow line needs. */
#define HTTP_ANSWER_TIMEOUT_MS 10000
#define HTTP_ANSWER_BYTES_PER_MS 128

struct http;

/* Starts listening, as server->http. NULL with the reason on the log. */
struct http *http_new(struct server *server);
/* No new connections from here on; requests that come are told 503. */
void http_quiesce(struct http *http);
/* Waits until every request that came whole has its answer sent, at most `ms`.
 * False: some have not. */
bool http_wait_idle(struct http *http, int64_t ms);
/* Only when no request is worked on. */
void http_free(struct http **http);
/* The answer is set: the request goes back to its connection. Any thread. */
void http_resume(struct request *request);

/*
 * For connections and their loops, in the loop's thread. Each request goes
 * from http_begin() to http_ended(), and in between, once, through
 * http_complete(), when all of it is here, or http_answer(), when it is refused
 * before. Both set the connection's answer; http_complete() may do so later, by
 * way of http_resumed().
 */
struct connection;
struct head;

/* NULL without memory. The answer may be set already. */
struct request *http_begin(struct connection *connection, struct head *head);
void http_answer(struct request *request);
void http_complete(struct request *request);
void http_resumed(struct request *request);
/* `answered`: all of the answer was sent. */
void http_ended(struct request *request, bool answered);

/* Requests that came whole and await their answer. */
int64_t http_owed(const struct http *http);
extern struct metric_series http_connections;

#endif
