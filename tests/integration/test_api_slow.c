#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/raw.h"

/* Clients that are slow or silent. Each test has an API process of its own,
 * whose connections it can count. */

#define REQUEST_MS 10000 /* to send a request */
#define FREED_MS (2 * REQUEST_MS * ROOM)
#define ANSWERED_MS 40000
#define IDLE 1000
#define LARGE 80 /* messages of 60,000 bytes: more than a kernel buffers */

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

static const struct http_reply *own_api(const char *method, const char *path,
					const char *body)
{
	char url[256];

	snprintf(url, sizeof(url), "%s%s", worker_url(&own), path);
	return http_send(method, NULL, body, url);
}

/* The one that asks counts too. */
static bool only_one_connection(void *context)
{
	(void)context;
	return metric_sum(own.metrics_url, "confab_http_connections") == 1;
}

/* ---- slow senders ---- */

struct slow {
	const char *at_once, *drop; /* the rest comes byte by byte */
	int fd;
	int64_t closed_ms;
};

static bool is_closed(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	return poll(&waiting, 1, 0) > 0 &&
	       recv(fd, bytes, sizeof(bytes), 0) <= 0;
}

/* True while it is open. */
static bool drip(struct slow *slow)
{
	if (slow->closed_ms != 0)
		return false;
	if (is_closed(slow->fd)) {
		slow->closed_ms = clock_monotonic_ms();
		return false;
	}
	if (slow->drop)
		(void)raw_send(slow->fd, slow->drop, 1);
	return true;
}

#define HEAD                                                                   \
	"POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: "           \
	"500000\r\n\r\n"

/* Whatever they send, their time is over after 10 s; others are served. */
static void test_slow_senders(void **state)
{
	struct slow all[] = {
		{ "", NULL, 0, 0 },
		{ "", "A", 0, 0 },
		{ "GET /up HTTP/1.1\r\nHost: x\r\nA: ", "a", 0, 0 },
		{ HEAD, " ", 0, 0 },
		{ HEAD "{\"name\":", NULL, 0, 0 },
		{ "POST / HTTP/1.1\r\nHost: x\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n",
		  "1", 0, 0 },
	};
	int64_t began = clock_monotonic_ms();
	unsigned open = 1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		all[i].fd = raw_connect(own.metrics_url);
		assert_true(raw_send(all[i].fd, all[i].at_once,
				     strlen(all[i].at_once)));
	}
	while (open > 0) {
		open = 0;
		for (size_t i = 0; i < COUNT_OF(all); i++)
			open += drip(&all[i]);
		assert_status(own_api("GET", "/up", NULL), 200);
		assert_true(clock_monotonic_ms() - began < FREED_MS);
		clock_sleep_ms(100);
	}
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		/* not by mistake, before their time */
		if (i != 5)
			assert_true(all[i].closed_ms - began >=
				    REQUEST_MS - 1000);
		close(all[i].fd);
	}
	assert_becomes(only_one_connection, NULL, FREED_MS);
}

/* ---- a crowd that says nothing ---- */

static void allow_files(rlim_t count)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur >= count)
		return;
	limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static bool crowd_is_in(void *context)
{
	(void)context;
	return metric_sum(own.metrics_url, "confab_http_connections") > IDLE;
}

static void test_idle_crowd(void **state)
{
	static int fds[IDLE];
	char path[128];

	(void)state;
	allow_files(IDLE + 100);
	for (unsigned i = 0; i < IDLE; i++)
		fds[i] = raw_connect(own.metrics_url);
	assert_becomes(crowd_is_in, NULL, FREED_MS);
	snprintf(path, sizeof(path), "/applications/%s/chats/1/messages",
		 token);
	for (unsigned i = 0; i < 50; i++)
		assert_status(own_api("POST", path, "{\"body\":\"x\"}"), 202);
	assert_becomes(only_one_connection, NULL, FREED_MS);
	for (unsigned i = 0; i < IDLE; i++) {
		assert_true(is_closed(fds[i]));
		close(fds[i]);
	}
}

/* ---- an answer that nobody takes ---- */

static void fill_chat(void)
{
	struct buf body = BUF_INIT;

	buf_append_text(&body, "{\"body\":\"");
	for (unsigned i = 0; i < 60000; i++)
		buf_append_char(&body, 'x');
	buf_append_text(&body, "\"}");
	for (unsigned i = 0; i < LARGE; i++)
		assert_status(api("POST", body.data,
				  "/applications/%s/chats/1/messages", token),
			      202);
	buf_release(&body);
}

static bool chat_is_full(void *context)
{
	(void)context;
	return api("GET", NULL, "/applications/%s/chats/1/messages?after=49",
		   token)
		       ->length > 60000;
}

static void test_slow_reader(void **state)
{
	const int small = 4096;
	struct raw raw = { 0 };
	int fd;

	(void)state;
	fill_chat();
	assert_becomes(chat_is_full, NULL, DRAINED_MS);
	fd = raw_connect(own.metrics_url);
	/* or the kernel would take the answer in our place */
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
		0);
	raw_printf(fd,
		   "GET /applications/%s/chats/1/messages HTTP/1.1\r\n"
		   "Host: x\r\n\r\n",
		   token);
	raw_receive(fd, strlen("HTTP/1.1 200"), &raw);
	assert_string_equal(raw.bytes.data, "HTTP/1.1 200");
	/* others are served, and its place is free again some day */
	assert_becomes(only_one_connection, NULL, ANSWERED_MS * ROOM);
	raw_release(&raw);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_slow_senders, start, stop),
		cmocka_unit_test_setup_teardown(test_idle_crowd, start, stop),
		cmocka_unit_test_setup_teardown(test_slow_reader, start, stop),
	};

	return cmocka_run_group_tests_name("api_slow", tests, NULL, NULL);
}
