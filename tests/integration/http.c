#include "tests/integration/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "tests/integration/http_exchange.h"

#define TIMEOUT_MS 30000L

static void die(const char *what)
{
	fprintf(stderr, "harness: %s failed\n", what);
	abort();
}

static size_t collect(char *bytes, size_t size, size_t count, void *context)
{
	struct buf *buf = context;

	buf_append(buf, bytes, size * count);
	return buf->failed ? 0 : size * count;
}

void http_exchange_init(struct http_exchange *exchange)
{
	*exchange =
		(struct http_exchange){ .head = BUF_INIT, .body = BUF_INIT };
	exchange->easy = curl_easy_init();
	if (!exchange->easy)
		die("curl_easy_init");
}

void http_exchange_release(struct http_exchange *exchange)
{
	curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	buf_release(&exchange->head);
	buf_release(&exchange->body);
}

static void add_header(struct http_exchange *exchange, const char *line)
{
	struct curl_slist *list = curl_slist_append(exchange->headers, line);

	if (!list)
		die("curl_slist_append");
	exchange->headers = list;
}

static void set_headers(struct http_exchange *exchange, const char *headers,
			bool body)
{
	char line[1024];

	curl_slist_free_all(exchange->headers);
	exchange->headers = NULL;
	/* or curl would wait for "100 Continue" before a large body */
	add_header(exchange, "Expect:");
	if (body && (!headers || !strcasestr(headers, "Content-Type:")))
		add_header(exchange, "Content-Type: application/json");
	while (headers && *headers) {
		size_t length = strcspn(headers, "\n");

		if (length >= sizeof(line))
			die("a header of more than 1023 bytes");
		memcpy(line, headers, length);
		line[length] = '\0';
		add_header(exchange, line);
		headers += length + (headers[length] == '\n');
	}
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
}

void http_exchange_prepare(struct http_exchange *exchange, const char *method,
			   const char *headers, const char *url,
			   const char *body, size_t length)
{
	CURL *easy = exchange->easy;

	curl_easy_reset(easy);
	buf_clear(&exchange->head);
	buf_clear(&exchange->body);
	set_headers(exchange, headers, body != NULL);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	if (body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)length);
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange->body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange->head);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	exchange->started_ms = clock_monotonic_ms();
}

static unsigned next_serial(void)
{
	static _Atomic unsigned serial;

	return ++serial;
}

void http_exchange_finish(struct http_exchange *exchange, CURLcode code)
{
	struct http_reply *reply = &exchange->reply;

	/* both are NUL-terminated from here on, also when nothing came */
	buf_append(&exchange->head, "", 0);
	buf_append(&exchange->body, "", 0);
	if (exchange->head.failed || exchange->body.failed)
		die("malloc");
	reply->serial = next_serial();
	reply->status = 0;
	if (code == CURLE_OK)
		curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE,
				  &reply->status);
	reply->head = exchange->head.data;
	reply->body = exchange->body.data;
	reply->length = exchange->body.length;
	reply->took_ms = clock_monotonic_ms() - exchange->started_ms;
}

const struct http_reply *http_send(const char *method, const char *headers,
				   const char *body, const char *url)
{
	static struct http_exchange exchange;

	if (!exchange.easy)
		http_exchange_init(&exchange);
	http_exchange_prepare(&exchange, method, headers, url, body,
			      body ? strlen(body) : 0);
	http_exchange_finish(&exchange, curl_easy_perform(exchange.easy));
	return &exchange.reply;
}

const struct http_reply *http_reply_of(const char *text)
{
	static struct http_reply reply;

	reply = (struct http_reply){ .status = 200,
				     .head = "",
				     .body = text,
				     .length = strlen(text),
				     .serial = next_serial() };
	return &reply;
}

bool http_has_type(const struct http_reply *reply, const char *type)
{
	const char *value = http_header(reply, "Content-Type");
	size_t length = strlen(type);

	return value && strncasecmp(value, type, length) == 0 &&
	       (value[length] == '\0' || value[length] == ';');
}

const char *http_header(const struct http_reply *reply, const char *name)
{
	static char value[4096];
	size_t length = strlen(name);
	const char *at = reply->head;

	for (; *at; at += strcspn(at, "\n") + 1) {
		size_t size;

		if (strncasecmp(at, name, length) == 0 && at[length] == ':') {
			at += length + 1;
			at += strspn(at, " \t");
			size = strcspn(at, "\r\n");
			if (size >= sizeof(value))
				die("a header of more than 4095 bytes");
			memcpy(value, at, size);
			value[size] = '\0';
			return value;
		}
		if (!strchr(at, '\n'))
			break;
	}
	return NULL;
}
