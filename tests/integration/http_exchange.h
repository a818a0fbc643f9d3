#ifndef CONFAB_TESTS_INTEGRATION_HTTP_EXCHANGE_H
#define CONFAB_TESTS_INTEGRATION_HTTP_EXCHANGE_H

#include <curl/curl.h>

#include "tests/integration/http.h"

/* One curl handle with what it sends and receives. Part of http.c. */
struct http_exchange {
	CURL *easy;
	struct curl_slist *headers;
	struct buf head, body;
	int64_t started_ms;
	struct http_reply reply;
};

void http_exchange_init(struct http_exchange *exchange);
void http_exchange_release(struct http_exchange *exchange);
/* The texts must live until the exchange is over. */
void http_exchange_prepare(struct http_exchange *exchange, const char *method,
			   const char *headers, const char *url,
			   const char *body, size_t length);
/* Makes the reply from what came. */
void http_exchange_finish(struct http_exchange *exchange, CURLcode code);

#endif
