#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/raw.h"

/* Clients that are half gone, gone, or waiting when the API stops. Each test
 * has an API process of its own, whose connections it can count. */

#define ANSWERED_MS 40000
#define STOPPED_MS (15000 * ROOM)
#define WAITING 20

static struct worker own;
static char token[TOKEN_SIZE];

static int start(void **state)
{
	(void)state;
	create_application(token);
	assert_int_equal(create_chat(token), 1);
	worker_start("api", &own);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	worker_stop(&own);
	return 0;
}

static int stop_and_repair(void **state)
{
	worker_stop(&own);
	return stack_repair(state);
}

static void assert_up(void)
{
	char url[256];

	snprintf(url, sizeof(url), "%s/up", worker_url(&own));
	assert_status(http_send("GET", NULL, NULL, url), 200);
}

/* The one that asks counts too. */
static bool only_one_connection(void *context)
{
	(void)context;
	return metric_sum(own.metrics_url, "confab_http_connections") == 1;
}

/* The end of its side may come with the request or while it is worked on. */
static void test_half_closed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		int fd = raw_connect(own.metrics_url);
		struct raw raw = { 0 };

		if (i % 2)
			assert_up();
		raw_printf(fd,
			   "POST /applications/%s/chats/1/messages "
			   "HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n"
			   "\r\n{\"body\":\"x\"}",
			   token);
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		raw_read(fd, 1, ANSWERED_MS, &raw);
		assert_int_equal(raw_status(&raw, 0), 202);
		assert_int_equal(raw_count(&raw), 1);
		raw_release(&raw);
		close(fd);
	}
}

static bool all_are_accepted(void *context)
{
	return metric_sum(own.metrics_url, "confab_events_accepted_total") >=
	       *(uint64_t *)context + WAITING;
}

/* Creates that wait for their rows while nobody stores them. */
static void start_waiting(int fds[WAITING], unsigned seconds)
{
	uint64_t before =
		metric_sum(own.metrics_url, "confab_events_accepted_total");

	stack_stop("persister");
	for (unsigned i = 0; i < WAITING; i++) {
		fds[i] = raw_connect(own.metrics_url);
		raw_printf(fds[i],
			   "POST /applications/%s/chats/1/messages "
			   "HTTP/1.1\r\nHost: x\r\nPrefer: wait=%u\r\n"
			   "Content-Length: 12\r\n\r\n{\"body\":\"x\"}",
			   token, seconds);
	}
	assert_becomes(all_are_accepted, &before, ANSWERED_MS);
}

/* The library does not see that a suspended client is gone. */
static void test_gone_while_suspended(void **state)
{
	int fds[WAITING];

	(void)state;
	start_waiting(fds, 3);
	for (unsigned i = 0; i < WAITING; i++) {
		struct linger reset = { 1, 0 };

		/* every other one with a reset */
		if (i % 2)
			assert_int_equal(setsockopt(fds[i], SOL_SOCKET,
						    SO_LINGER, &reset,
						    sizeof(reset)),
					 0);
		close(fds[i]);
	}
	assert_becomes(only_one_connection, NULL, ANSWERED_MS);
	assert_up();
}

/* All get their answer, and the process ends in good order. */
static void test_stop_while_suspended(void **state)
{
	int64_t began;
	int fds[WAITING];

	(void)state;
	start_waiting(fds, 30);
	began = clock_monotonic_ms();
	worker_stop(&own);
	assert_true(clock_monotonic_ms() - began < STOPPED_MS);
	for (unsigned i = 0; i < WAITING; i++) {
		struct raw raw = { 0 };

		raw_read(fds[i], 0, ANSWERED_MS, &raw);
		if (raw_status(&raw, 0) != 202)
			assert_int_equal(raw_status(&raw, 0), 503);
		assert_int_equal(raw_count(&raw), 1);
		assert_true(raw.closed);
		raw_release(&raw);
		close(fds[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_half_closed, start, stop),
		cmocka_unit_test_setup_teardown(test_gone_while_suspended,
						start, stop_and_repair),
		cmocka_unit_test_setup_teardown(test_stop_while_suspended,
						start, stack_repair),
	};

	return cmocka_run_group_tests_name("api_gone", tests, NULL, NULL);
}
