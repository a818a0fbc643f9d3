#ifndef CONFAB_CTL_HTTP_H
#define CONFAB_CTL_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/fault.h"

/*
 * An HTTP client on libcurl that keeps its connection. One for one thread.
 */
struct http;

struct http_request {
	const char *method;
	const char *url;
	const char *body; /* JSON; NULL: none */
	size_t length;
	const char *bearer;	     /* a key for Authorization, or NULL */
	const char *idempotency_key; /* or NULL */
};

struct http_answer {
	long status;
	const char *body; /* NUL-terminated; valid until the next request */
	size_t length;
	long retry_after_s; /* 0: the answer did not say */
};

/* NULL when memory is out. */
struct http *http_new(void);
void http_free(struct http **http);

/*
 * One request. FAULT_NONE: an answer came, whatever its status.
 * FAULT_TEMPORARY: nothing was sent; FAULT_UNSURE: sent, but no answer. The
 * sentence names host and port, never the login of the URL.
 */
MUST_CHECK enum fault http_send(struct http *http,
				const struct http_request *request,
				struct http_answer *answer_r,
				struct error *error);

/* The same, to `path` (which starts with a slash) under the address `base`;
 * the request's url is not looked at. */
MUST_CHECK enum fault http_send_to(struct http *http, const char *base,
				   const char *path,
				   const struct http_request *request,
				   struct http_answer *answer_r,
				   struct error *error);

/* Appends base and path with one slash between them. */
void http_append_url(struct buf *url, const char *base, const char *path);

/* ---- the halves of http_send(), for what runs many at once ---- */

/* Readies the handle for curl_multi_add_handle(). The request's texts must
 * stay until http_finish(). NULL when memory is out. */
CURL *http_prepare(struct http *http, const struct http_request *request);
MUST_CHECK enum fault http_finish(struct http *http, CURLcode code,
				  struct http_answer *answer_r,
				  struct error *error);

#endif
