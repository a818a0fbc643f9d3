#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/integration/http.h"
#include "tests/integration/http_exchange.h"

#define STEP_MS 100

struct slot {
	struct http_exchange exchange;
	struct http_call call;
	bool busy;
	int64_t rests_until_ms;
};

struct run {
	const struct http_many *many;
	CURLM *multi;
	struct slot *slots;
	int64_t stepped_ms;
};

static void open_slots(struct run *run)
{
	unsigned count = run->many->connections;

	run->slots = calloc(count, sizeof(*run->slots));
	run->multi = curl_multi_init();
	if (!run->slots || !run->multi) {
		fprintf(stderr, "harness: out of memory\n");
		abort();
	}
	curl_multi_setopt(run->multi, CURLMOPT_MAXCONNECTS, (long)count);
	for (unsigned i = 0; i < count; i++)
		http_exchange_init(&run->slots[i].exchange);
}

static void close_slots(struct run *run)
{
	for (unsigned i = 0; i < run->many->connections; i++) {
		struct slot *slot = &run->slots[i];

		http_exchange_release(&slot->exchange);
		buf_release(&slot->call.url);
		buf_release(&slot->call.body);
	}
	curl_multi_cleanup(run->multi);
	free(run->slots);
}

static bool send_next(struct run *run, struct slot *slot)
{
	struct http_call *call = &slot->call;
	CURL *easy = slot->exchange.easy;

	buf_clear(&call->url);
	buf_clear(&call->body);
	call->method = "POST";
	call->headers = NULL;
	if (!run->many->next(run->many->context, call))
		return false;
	http_exchange_prepare(&slot->exchange, call->method, call->headers,
			      call->url.data,
			      call->body.length > 0 ? call->body.data : NULL,
			      call->body.length);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
	if (run->many->fresh) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	curl_multi_add_handle(run->multi, easy);
	slot->busy = true;
	return true;
}

/* Returns whether anything is under way or rests. */
static bool fill(struct run *run)
{
	int64_t now = clock_monotonic_ms();
	bool more = true, alive = false;

	for (unsigned i = 0; i < run->many->connections; i++) {
		struct slot *slot = &run->slots[i];

		if (!slot->busy && more && slot->rests_until_ms <= now)
			more = send_next(run, slot);
		if (slot->busy || slot->rests_until_ms > now)
			alive = true;
	}
	return alive;
}

static void finish(struct run *run, const CURLMsg *message)
{
	CURL *easy = message->easy_handle;
	CURLcode code = message->data.result;
	struct slot *slot = NULL;
	int rest_ms;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
	curl_multi_remove_handle(run->multi, easy);
	slot->busy = false;
	http_exchange_finish(&slot->exchange, code);
	rest_ms = run->many->done(run->many->context, &slot->call,
				  &slot->exchange.reply);
	slot->rests_until_ms = clock_monotonic_ms() + rest_ms;
}

static void pump(struct run *run)
{
	const CURLMsg *message;
	int running, left;

	curl_multi_perform(run->multi, &running);
	while ((message = curl_multi_info_read(run->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			finish(run, message);
}

static void step(struct run *run)
{
	int64_t now = clock_monotonic_ms();

	if (!run->many->step || now - run->stepped_ms < STEP_MS)
		return;
	run->many->step(run->many->context);
	run->stepped_ms = clock_monotonic_ms();
}

void http_many_run(const struct http_many *many)
{
	struct run run = { .many = many };

	open_slots(&run);
	while (fill(&run)) {
		pump(&run);
		step(&run);
		curl_multi_poll(run.multi, NULL, 0, 10, NULL);
	}
	close_slots(&run);
}
