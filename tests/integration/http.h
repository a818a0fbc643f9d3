#ifndef CONFAB_TESTS_INTEGRATION_HTTP_H
#define CONFAB_TESTS_INTEGRATION_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/* Requests over libcurl, one at a time or many at once. */

struct http_reply {
	long status;	  /* 0: no answer came */
	const char *head; /* status line and header lines, NUL-terminated */
	const char *body; /* NUL-terminated behind its length */
	size_t length;
	int64_t took_ms;
	unsigned serial; /* no two replies have the same */
};

/* A text that came another way (a program's output), to look into as into a
 * reply; the text must live on. Valid until the next call. */
const struct http_reply *http_reply_of(const char *text);

/* A request of http_many_run(): next() fills it. */
struct http_call {
	const char *method;
	const char *headers; /* as for http_send() */
	struct buf url, body;
	unsigned tag; /* next()'s own */
};

/*
 * Sends one request and waits for its answer, at most 30 s. `headers` are lines
 * "Name: value" with '\n' between them, or NULL; a body without a Content-Type
 * among them is sent as application/json, and "Name:" alone takes away what
 * curl sends by itself. `body` may be NULL. The reply is valid until the next
 * call.
 */
const struct http_reply *http_send(const char *method, const char *headers,
				   const char *body, const char *url);
/* The first header of that name, in memory that is valid until the next call;
 * NULL when there is none. */
const char *http_header(const struct http_reply *reply, const char *name);
/* The media type is that one, whatever its parameters. */
bool http_has_type(const struct http_reply *reply, const char *type);

/* Many requests over many connections at once, from this one thread. */
struct http_many {
	unsigned connections;
	/* A new connection for each request. libcurl sends a request again by
	 * itself when a kept connection turns out to be dead, which would
	 * double a create. */
	bool fresh;
	/* False when there is nothing to send now. It is over when there is
	 * nothing to send and nothing under way. */
	bool (*next)(void *context, struct http_call *call);
	/* Returns for how many ms this connection is to rest. */
	int (*done)(void *context, const struct http_call *call,
		    const struct http_reply *reply);
	/* Called about every 100 ms meanwhile; may be NULL. */
	void (*step)(void *context);
	void *context;
};

void http_many_run(const struct http_many *many);

#endif
