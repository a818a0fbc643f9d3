/*
 * The same request again and again over some connections, one at a time on
 * each: GET of a URL, or POST of a body. Prints a JSON object.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/latency.h"

struct asked {
	CURL *curl;
	int64_t begun_us;
};

struct crowd {
	CURLM *multi;
	struct asked *all;
	size_t count;
	const char *url, *body;
	struct curl_slist *headers;
	uint64_t answers, good;
	struct latency latency;
	int64_t end_us;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *why)
{
	fprintf(stderr, "ask: %s\n", why);
	exit(1);
}

static size_t drop(char *data, size_t size, size_t count, void *context)
{
	(void)data;
	(void)context;
	return size * count;
}

static void set_request(const struct crowd *crowd, struct asked *asked)
{
	CURL *curl = asked->curl;

	curl_easy_setopt(curl, CURLOPT_URL, crowd->url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(curl, CURLOPT_PRIVATE, asked);
	if (!crowd->body)
		return;
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, crowd->headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, crowd->body);
}

static void begin(struct crowd *crowd, struct asked *asked)
{
	asked->begun_us = now_us();
	if (curl_multi_add_handle(crowd->multi, asked->curl) != CURLM_OK)
		fail("cannot send");
}

static void open_all(struct crowd *crowd)
{
	crowd->multi = curl_multi_init();
	crowd->all = calloc(crowd->count, sizeof(*crowd->all));
	crowd->headers =
		curl_slist_append(NULL, "Content-Type: application/json");
	if (!crowd->multi || !crowd->all || !crowd->headers)
		fail("out of memory");
	curl_multi_setopt(crowd->multi, CURLMOPT_MAXCONNECTS,
			  (long)crowd->count);
	for (size_t i = 0; i < crowd->count; i++) {
		crowd->all[i].curl = curl_easy_init();
		if (!crowd->all[i].curl)
			fail("out of memory");
		set_request(crowd, &crowd->all[i]);
		begin(crowd, &crowd->all[i]);
	}
}

static void take(struct crowd *crowd, const CURLMsg *message)
{
	struct asked *asked = NULL;
	long status = 0;

	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &asked);
	curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE,
			  &status);
	crowd->answers++;
	crowd->good += message->data.result == CURLE_OK && status == 200;
	latency_add(&crowd->latency, now_us() - asked->begun_us);
	curl_multi_remove_handle(crowd->multi, asked->curl);
	if (now_us() < crowd->end_us)
		begin(crowd, asked);
}

static void run(struct crowd *crowd)
{
	int running = 1, queued;
	const CURLMsg *message;

	while (running > 0) {
		if (curl_multi_perform(crowd->multi, &running) != CURLM_OK)
			fail("cannot go on");
		while ((message =
				curl_multi_info_read(crowd->multi, &queued))) {
			take(crowd, message);
			running = 1;
		}
		curl_multi_poll(crowd->multi, NULL, 0, 1000, NULL);
	}
}

static void close_all(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->count; i++)
		curl_easy_cleanup(crowd->all[i].curl);
	curl_multi_cleanup(crowd->multi);
	curl_slist_free_all(crowd->headers);
	free(crowd->all);
}

int main(int argc, char **argv)
{
	static struct crowd crowd;
	double seconds;

	if (argc < 4 || atoi(argv[1]) < 1 || atoi(argv[2]) < 1) {
		fputs("usage: ask CONNECTIONS SECONDS URL [BODY]\n", stderr);
		return 2;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		fail("cannot start");
	crowd.count = (size_t)atoi(argv[1]);
	seconds = atoi(argv[2]);
	crowd.url = argv[3];
	crowd.body = argc > 4 ? argv[4] : NULL;
	crowd.end_us = now_us() + (int64_t)(seconds * 1e6);
	open_all(&crowd);
	run(&crowd);
	printf("{\"rate\":%.1f,\"answers\":%" PRIu64 ",\"2xx\":%" PRIu64
	       ",\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64 "}\n",
	       (double)crowd.answers / seconds, crowd.answers, crowd.good,
	       latency_at(&crowd.latency, 0.5),
	       latency_at(&crowd.latency, 0.99));
	close_all(&crowd);
	curl_global_cleanup();
	return crowd.good == crowd.answers ? 0 : 1;
}
