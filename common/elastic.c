#include "common/elastic.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "common/trust.h"

#define ANSWER_MAX ((size_t)64 << 20)
#define CONNECT_TIMEOUT_MS 2000L

struct metric_histogram elastic_seconds = { .labels = "" };
struct metric_series elastic_failures = { .labels = "" };

struct elastic {
	CURL *curl;
	const char *url;
	struct buf address; /* of the request under way */
	struct buf answer;
	char message[CURL_ERROR_SIZE];
};

bool elastic_library_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void elastic_library_release(void)
{
	curl_global_cleanup();
}

struct elastic *elastic_new(const char *url)
{
	struct elastic *elastic = calloc(1, sizeof(*elastic));

	if (elastic == NULL)
		return NULL;
	elastic->url = url;
	elastic->curl = curl_easy_init();
	if (elastic->curl == NULL)
		elastic_free(&elastic);
	return elastic;
}

void elastic_free(struct elastic **elastic)
{
	struct elastic *old = *elastic;

	*elastic = NULL;
	if (old == NULL)
		return;
	if (old->curl != NULL)
		curl_easy_cleanup(old->curl);
	buf_release(&old->address);
	buf_release(&old->answer);
	free(old);
}

enum fault elastic_classify(long status)
{
	if ((status >= 200 && status <= 299) || status == 409)
		return FAULT_NONE;
	switch (status) {
	case 401:
	case 403:
	case 404:
	case 408:
	case 429:
		return FAULT_TEMPORARY;
	default:
		return status >= 400 && status <= 499 ? FAULT_PERMANENT
						      : FAULT_TEMPORARY;
	}
}

/* Wherever curl cannot say that the request did not go out, it may have. */
static enum fault classify_transfer(CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_WRITE_ERROR:
		return FAULT_UNSURE;
	default:
		return FAULT_TEMPORARY;
	}
}

static size_t append_answer(char *data, size_t size, size_t count,
			    void *context)
{
	struct buf *answer = context;
	size_t length = size * count;

	if (length > ANSWER_MAX - answer->length)
		return 0; /* curl gives up with CURLE_WRITE_ERROR */
	buf_append(answer, data, length);
	return answer->failed ? 0 : length;
}

static struct curl_slist *make_headers(const char *content_type)
{
	char line[128];
	struct curl_slist *headers, *more;

	snprintf(line, sizeof(line), "Content-Type: %s", content_type);
	headers = curl_slist_append(NULL, line);
	/* No round trip for "100 Continue". */
	more = headers == NULL ? NULL : curl_slist_append(headers, "Expect:");
	if (more == NULL)
		curl_slist_free_all(headers);
	return more;
}

/* base + path, with exactly one slash between them */
static bool make_address(struct elastic *elastic, const char *path)
{
	size_t length = strlen(elastic->url);

	while (length > 0 && elastic->url[length - 1] == '/')
		length--;
	buf_clear(&elastic->address);
	buf_append(&elastic->address, elastic->url, length);
	buf_append_text(&elastic->address, path[0] == '/' ? "" : "/");
	buf_append_text(&elastic->address, path);
	return !elastic->address.failed;
}

/* curl_easy_reset() keeps the connection. Options fail only when they are
 * unknown or memory is out; the transfer then fails by itself. */
static void set_transport(struct elastic *elastic, int timeout_ms)
{
	CURL *curl = elastic->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, elastic->address.data);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file());
	/* Read for each connection, as for the other servers. */
	curl_easy_setopt(curl, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, elastic->message);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &elastic->answer);
	/* The engine is near; a proxy of the environment is not meant. */
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
}

static void set_request(CURL *curl, const char *method, const char *body,
			size_t length)
{
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (body == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
}

static enum fault transfer(struct elastic *elastic, struct error *error)
{
	CURLcode code;

	buf_clear(&elastic->answer);
	elastic->message[0] = '\0';
	code = curl_easy_perform(elastic->curl);
	if (code == CURLE_OK && !elastic->answer.failed)
		return FAULT_NONE;
	return error_set(error, classify_transfer(code), (int)code, "%s",
			 elastic->message[0] != '\0'
				 ? elastic->message
				 : curl_easy_strerror(code));
}

static void count(CURL *curl, enum fault fault, long *status_r)
{
	curl_off_t us = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status_r);
	(void)curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &us);
	metric_observe(&elastic_seconds, us);
	if (fault != FAULT_NONE || *status_r >= 500 || *status_r == 429)
		metric_add(&elastic_failures, 1);
}

enum fault elastic_request(struct elastic *elastic, const char *method,
			   const char *path, const char *body, size_t length,
			   const char *content_type, int timeout_ms,
			   struct elastic_answer *answer_r, struct error *error)
{
	struct curl_slist *headers;
	enum fault fault;
	long status = 0;

	if (elastic->url[0] == '\0')
		return error_set(error, FAULT_TEMPORARY, 0,
				 "no search engine is configured");
	headers = make_headers(content_type != NULL ? content_type
						    : "application/json");
	if (headers == NULL || !make_address(elastic, path)) {
		curl_slist_free_all(headers);
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	}
	set_transport(elastic, timeout_ms);
	curl_easy_setopt(elastic->curl, CURLOPT_HTTPHEADER, headers);
	set_request(elastic->curl, method, body, length);
	fault = transfer(elastic, error);
	curl_slist_free_all(headers);
	count(elastic->curl, fault, &status);
	if (fault != FAULT_NONE)
		return fault;
	answer_r->status = status;
	answer_r->body = elastic->answer.length > 0 ? elastic->answer.data : "";
	answer_r->length = elastic->answer.length;
	return FAULT_NONE;
}
