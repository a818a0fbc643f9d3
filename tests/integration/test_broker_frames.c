#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"
#include "tests/integration/wire.h"

/* What the broker says arrives in pieces, or is no AMQP: a daemon reads it
 * right, or drops the connection and makes another. The numbers in the names
 * are those of docs/failure-cases.md. */

enum { MESSAGES = 40 };

struct setup {
	const char *service;
	struct wire wire;
	struct worker worker;
	struct talk talk;
	uint64_t connections;
};

/* The service, through a wire, in the place of the stack's own. */
static void begin(struct setup *setup, const char *service)
{
	setup->service = service;
	create_talk(&setup->talk, NULL, 0);
	stack_stop(service);
	wire_start(&setup->wire);
	worker_start_with(service, setup->wire.changed, &setup->worker);
}

static void end(struct setup *setup)
{
	worker_stop(&setup->worker);
	wire_stop(&setup->wire);
	stack_start(setup->service);
}

static bool settled(void *context)
{
	const struct talk *talk = context;
	uint64_t rows = store_rows(talk->application);

	return rows == MESSAGES && store_documents(talk->application) == rows &&
	       store_counts_are_right(talk->application);
}

static void post_all(const struct setup *setup)
{
	char text[64];

	for (unsigned i = 0; i < MESSAGES; i++) {
		snprintf(text, sizeof(text), "piece %u", i);
		assert_int_equal(create_message(setup->talk.token, 1, text),
				 i + 1);
	}
}

static void slice(const char *service)
{
	struct setup setup;
	uint64_t letters = store_number("SELECT COUNT(*) FROM dead_letters");

	begin(&setup, service);
	wire_slice(&setup.wire);
	post_all(&setup);
	assert_becomes(settled, &setup.talk, DRAINED_MS);
	assert_int_equal(metric_sum(setup.worker.metrics_url,
				    "confab_consumer_connections_total"),
			 1);
	assert_int_equal(store_number("SELECT COUNT(*) FROM dead_letters"),
			 letters);
	end(&setup);
}

static void test_13_sliced_to_the_workers(void **state)
{
	(void)state;
	slice("persister");
	slice("indexer");
	slice("counter");
}

/* ---- through a second API ---- */

static const struct http_reply *post_there(struct setup *setup, unsigned i)
{
	char url[256], body[64];

	snprintf(url, sizeof(url), "%s/applications/%s/chats/1/messages",
		 worker_url(&setup->worker), setup->talk.token);
	snprintf(body, sizeof(body), "{\"body\":\"piece %u\"}", i);
	return http_send("POST", NULL, body, url);
}

static void begin_api(struct setup *setup)
{
	setup->service = "api";
	create_talk(&setup->talk, NULL, 0);
	wire_start(&setup->wire);
	worker_start_with("api", setup->wire.changed, &setup->worker);
}

static void end_api(struct setup *setup)
{
	worker_stop(&setup->worker);
	wire_stop(&setup->wire);
}

static void test_13_sliced_to_the_api(void **state)
{
	struct setup setup;

	(void)state;
	begin_api(&setup);
	wire_slice(&setup.wire);
	for (unsigned i = 0; i < MESSAGES; i++)
		assert_status(post_there(&setup, i), 202);
	assert_becomes(settled, &setup.talk, DRAINED_MS);
	end_api(&setup);
}

/* ---- no AMQP at all ---- */

static const struct {
	const char *name, *bytes;
	size_t length;
} garbage[] = {
	{ "no frame", "HTTP/1.1 400 Bad Request\r\n\r\n", 28 },
	{ "no end of frame", "\x01\x00\x01\x00\x00\x00\x04\x00\x0a\x00\x0b\x00",
	  12 },
	{ "undersized", "\x01\x00\x01\x00\x00\x00\x01\x00\xce", 9 },
	{ "oversized", "\x01\x00\x01\x7f\xff\xff\xff\x00\x3c\x00\x3c", 11 },
	{ "body without header", "\x03\x00\x01\x00\x00\x00\x02hi\xce", 10 },
	{ "unknown method", "\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\xee\xce",
	  12 },
};

static bool connected_anew(void *context)
{
	const struct setup *setup = context;

	return metric_sum(setup->worker.metrics_url,
			  "confab_consumer_connections_total") >
		       setup->connections &&
	       metric_sum(setup->worker.metrics_url,
			  "confab_consumer_connected") == 1;
}

/* In the place of the delivery of a message, which comes again. */
static void confuse(struct setup *setup, unsigned i)
{
	setup->connections = metric_sum(setup->worker.metrics_url,
					"confab_consumer_connections_total");
	wire_inject(&setup->wire, garbage[i].bytes, garbage[i].length);
	create_message(setup->talk.token, 1, garbage[i].name);
	if (!wait_until(connected_anew, setup, DRAINED_MS))
		fail_msg("%s, %s: no new connection", setup->service,
			 garbage[i].name);
}

static bool all_garbage_settled(void *context)
{
	const struct talk *talk = context;
	uint64_t rows = store_rows(talk->application);

	return rows == COUNT_OF(garbage) &&
	       store_documents(talk->application) == rows &&
	       store_counts_are_right(talk->application);
}

static void confuse_worker(const char *service)
{
	uint64_t letters = store_number("SELECT COUNT(*) FROM dead_letters");
	struct setup setup;

	begin(&setup, service);
	for (unsigned i = 0; i < COUNT_OF(garbage); i++)
		confuse(&setup, i);
	assert_becomes(all_garbage_settled, &setup.talk, DRAINED_MS);
	assert_int_equal(store_number("SELECT COUNT(*) FROM dead_letters"),
			 letters);
	end(&setup);
}

static void test_13_garbage_to_the_persister(void **state)
{
	(void)state;
	confuse_worker("persister");
}

static void test_13_garbage_to_the_indexer(void **state)
{
	(void)state;
	confuse_worker("indexer");
}

static void test_13_garbage_to_the_counter(void **state)
{
	(void)state;
	confuse_worker("counter");
}

static bool accepted_there(void *context)
{
	return post_there(context, 0)->status == 202;
}

static bool rows_and_documents_agree(void *context)
{
	const struct talk *talk = context;
	uint64_t rows = store_rows(talk->application);

	return rows >= COUNT_OF(garbage) &&
	       store_documents(talk->application) == rows &&
	       store_counts_are_right(talk->application);
}

/* In the place of a confirm: the create is refused or, had the broker read
 * it, of unknown outcome. */
static void test_13_garbage_to_the_api(void **state)
{
	struct setup setup;

	(void)state;
	begin_api(&setup);
	for (unsigned i = 0; i < COUNT_OF(garbage); i++) {
		wire_inject(&setup.wire, garbage[i].bytes, garbage[i].length);
		assert_status(post_there(&setup, i), 503);
		assert_becomes(accepted_there, &setup, DRAINED_MS);
	}
	assert_becomes(rows_and_documents_agree, &setup.talk, DRAINED_MS);
	end_api(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_13_sliced_to_the_workers,
					  stack_repair),
		cmocka_unit_test_teardown(test_13_sliced_to_the_api,
					  stack_repair),
		cmocka_unit_test_teardown(test_13_garbage_to_the_persister,
					  stack_repair),
		cmocka_unit_test_teardown(test_13_garbage_to_the_indexer,
					  stack_repair),
		cmocka_unit_test_teardown(test_13_garbage_to_the_counter,
					  stack_repair),
		cmocka_unit_test_teardown(test_13_garbage_to_the_api,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("broker frames", tests, NULL, NULL);
}
