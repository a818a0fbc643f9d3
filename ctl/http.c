#include "ctl/http.h"

#include <stdlib.h>
#include <string.h>

#include "common/trust.h"

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS 30000L
#define ANSWER_MAX (16u * 1024u * 1024u) /* bytes */

struct http {
	CURL *curl;
	struct curl_slist *headers;
	struct buf answer;
	char sentence[CURL_ERROR_SIZE];
};

static size_t take_answer(char *data, size_t size, size_t n, void *context)
{
	struct buf *answer = context;

	if (size * n > ANSWER_MAX - answer->length)
		return 0; /* libcurl gives up with CURLE_WRITE_ERROR */
	buf_append(answer, data, size * n);
	return answer->failed ? 0 : size * n;
}

struct http *http_new(void)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return NULL;
	http->curl = curl_easy_init();
	if (http->curl == NULL)
		http_free(&http);
	return http;
}

void http_free(struct http **http)
{
	if (*http == NULL)
		return;
	curl_easy_cleanup((*http)->curl);
	curl_slist_free_all((*http)->headers);
	buf_release(&(*http)->answer);
	free(*http);
	*http = NULL;
}

/* False when memory is out. */
static bool add_header(struct http *http, const char *name, const char *value)
{
	struct buf line = BUF_INIT;
	struct curl_slist *longer = NULL;

	buf_printf(&line, "%s: %s", name, value);
	if (!line.failed)
		longer = curl_slist_append(http->headers, line.data);
	buf_release(&line);
	if (longer != NULL)
		http->headers = longer;
	return longer != NULL;
}

static bool set_headers(struct http *http, const struct http_request *request)
{
	struct buf bearer = BUF_INIT;
	struct curl_slist *first;
	bool done;

	curl_slist_free_all(http->headers);
	/* No waiting for "100 Continue" before a body. */
	first = curl_slist_append(NULL, "Expect:");
	http->headers = first;
	done = first != NULL;
	if (request->body != NULL)
		done = done &&
		       add_header(http, "Content-Type", "application/json");
	if (request->idempotency_key != NULL)
		done = done && add_header(http, "Idempotency-Key",
					  request->idempotency_key);
	if (request->bearer != NULL) {
		buf_printf(&bearer, "Bearer %s", request->bearer);
		done = done && !bearer.failed &&
		       add_header(http, "Authorization", bearer.data);
		buf_release(&bearer);
	}
	return done;
}

static void set_limits(CURL *curl)
{
	(void)curl_easy_setopt(curl, CURLOPT_SSLVERSION,
			       CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file());
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
			       CONNECT_TIMEOUT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	/* These are our own servers: no proxy of the environment between. */
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

CURL *http_prepare(struct http *http, const struct http_request *request)
{
	CURL *curl = http->curl;

	/* Keeps the connections, forgets the request before. */
	curl_easy_reset(curl);
	buf_clear(&http->answer);
	http->sentence[0] = '\0';
	set_limits(curl);
	if (!set_headers(http, request) ||
	    curl_easy_setopt(curl, CURLOPT_URL, request->url) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) !=
		    CURLE_OK)
		return NULL;
	if (request->body != NULL || strcmp(request->method, "POST") == 0) {
		(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
				       request->body ? request->body : "");
		(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				       (curl_off_t)request->length);
	}
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &http->answer);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->sentence);
	return curl;
}

static enum fault classify(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return FAULT_NONE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
		return FAULT_TEMPORARY;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return FAULT_PERMANENT;
	default:
		return FAULT_UNSURE;
	}
}

enum fault http_finish(struct http *http, CURLcode code,
		       struct http_answer *answer_r, struct error *error)
{
	curl_off_t retry_after = 0;

	if (code != CURLE_OK)
		return error_set(error, classify(code), (int)code, "%s",
				 http->sentence[0] != '\0'
					 ? http->sentence
					 : curl_easy_strerror(code));
	(void)curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after);
	(void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE,
				&answer_r->status);
	answer_r->body = http->answer.data != NULL ? http->answer.data : "";
	answer_r->length = http->answer.length;
	answer_r->retry_after_s = (long)retry_after;
	return FAULT_NONE;
}

enum fault http_send(struct http *http, const struct http_request *request,
		     struct http_answer *answer_r, struct error *error)
{
	CURL *curl = http_prepare(http, request);

	if (curl == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	return http_finish(http, curl_easy_perform(curl), answer_r, error);
}

void http_append_url(struct buf *url, const char *base, const char *path)
{
	size_t length = strlen(base);

	while (length > 0 && base[length - 1] == '/')
		length--;
	buf_append(url, base, length);
	buf_append_text(url, path);
}

enum fault http_send_to(struct http *http, const char *base, const char *path,
			const struct http_request *request,
			struct http_answer *answer_r, struct error *error)
{
	struct http_request whole = *request;
	struct buf url = BUF_INIT;
	enum fault fault;

	http_append_url(&url, base, path);
	whole.url = url.data;
	if (url.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = http_send(http, &whole, answer_r, error);
	buf_release(&url);
	return fault;
}
