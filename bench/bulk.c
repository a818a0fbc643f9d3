/*
 * The indexer's ceiling: its documents straight into an index of the same form
 * by _bulk requests, one connection. The requests are made before the clock
 * starts. Prints documents/s.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/synthetic.h"

#define DOCUMENT_MAX 512u /* and twice the text */
#define ANSWER_MAX 4096u

struct bulk {
	struct synthetic synthetic;
	uint64_t before, count, batch;
	char *bytes;
	size_t length;
	char answer[ANSWER_MAX];
	size_t answer_length;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "bulk: %s: %s\n", what, why);
	exit(1);
}

static size_t make_document(const struct bulk *bulk, uint64_t n, char *out)
{
	const struct synthetic *synthetic = &bulk->synthetic;
	struct synthetic_message message;
	int at;

	synthetic_message(synthetic, n, &message);
	at = sprintf(out,
		     "{\"index\":{\"_id\":\"%" PRIu64 "-%" PRIu64 "-%" PRIu64
		     "\",\"routing\":\"%" PRIu64 "\",\"version\":%" PRIu64
		     ",\"version_type\":\"external\"}}\n{\"app\":%" PRIu64
		     ",\"chat\":%" PRIu64 ",\"number\":%" PRIu64
		     ",\"created_at\":%" PRId64 ",\"body\":\"",
		     synthetic->application, message.chat, message.number,
		     synthetic->application, synthetic->generation << 32 | 1,
		     synthetic->application, message.chat, message.number,
		     message.at_ms);
	synthetic_text(synthetic, n, out + at);
	at += (int)synthetic->size;
	at += sprintf(out + at, "\",\"text\":\"");
	synthetic_text(synthetic, n, out + at);
	at += (int)synthetic->size;
	return (size_t)(at + sprintf(out + at, "\"}\n"));
}

/* ends[i] is where the i-th request ends; returns how many there are. */
static size_t make_requests(struct bulk *bulk, size_t *ends)
{
	size_t requests = 0;

	for (uint64_t i = 0; i < bulk->count; i++) {
		bulk->length += make_document(bulk, bulk->before + i,
					      bulk->bytes + bulk->length);
		if ((i + 1) % bulk->batch == 0 || i + 1 == bulk->count)
			ends[requests++] = bulk->length;
	}
	return requests;
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
	struct bulk *bulk = context;

	if (size * count >= ANSWER_MAX - bulk->answer_length)
		return 0;
	memcpy(bulk->answer + bulk->answer_length, data, size * count);
	bulk->answer_length += size * count;
	bulk->answer[bulk->answer_length] = '\0';
	return size * count;
}

static void send_request(CURL *curl, struct bulk *bulk, const char *bytes,
			 size_t length)
{
	long status = 0;
	CURLcode code;

	bulk->answer_length = 0;
	bulk->answer[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bytes);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		fail("_bulk", curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 || !strstr(bulk->answer, "\"errors\":false"))
		fail("the engine did not take all documents", bulk->answer);
}

static CURL *open_engine(struct bulk *bulk, const char *url, const char *index)
{
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/x-ndjson");
	CURL *curl = curl_easy_init();
	char address[1024];

	if (!headers || !curl || !curl_slist_append(headers, "Expect:"))
		fail("cannot start", "out of memory");
	snprintf(address, sizeof(address), "%s/%s/_bulk?filter_path=errors",
		 url, index);
	curl_easy_setopt(curl, CURLOPT_URL, address);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, bulk);
	return curl;
}

int main(int argc, char **argv)
{
	static struct bulk bulk;
	size_t *ends, requests, at = 0;
	double start;
	CURL *curl;

	if (argc != 10) {
		fputs("usage: bulk APPLICATION CHATS GENERATION SIZE BEFORE"
		      " COUNT BATCH URL INDEX\n",
		      stderr);
		return 2;
	}
	synthetic_parse(&bulk.synthetic, argv + 1);
	bulk.before = strtoull(argv[5], NULL, 10);
	bulk.count = synthetic_number(argv[6], "COUNT");
	bulk.batch = synthetic_number(argv[7], "BATCH");
	bulk.bytes =
		malloc(bulk.count * (DOCUMENT_MAX + 2 * bulk.synthetic.size));
	ends = calloc(bulk.count / bulk.batch + 1, sizeof(*ends));
	if (!bulk.bytes || !ends || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		fail("cannot start", "out of memory");
	requests = make_requests(&bulk, ends);
	curl = open_engine(&bulk, argv[8], argv[9]);
	start = now();
	for (size_t i = 0; i < requests; at = ends[i++])
		send_request(curl, &bulk, bulk.bytes + at, ends[i] - at);
	printf("%.0f\n", (double)bulk.count / (now() - start));
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	free(ends);
	free(bulk.bytes);
	return 0;
}
