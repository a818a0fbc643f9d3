#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Many clients that wait for their rows (Prefer: wait) hold up nobody else, and
 * what they posted does not depend on their staying. */

static char token[TOKEN_SIZE];
static uint64_t application;

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	application = store_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

static const struct http_reply *post(const char *headers)
{
	return api_with(headers, "POST", "{\"body\":\"x\"}",
			"/applications/%s/chats/1/messages", token);
}

/* Sends the whole request and goes away. */
static void post_and_leave(unsigned i)
{
	const char *url = setting("CONFAB_API_URL");
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	char text[512], body[64];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length = snprintf(body, sizeof(body), "{\"body\":\"gone %u\"}", i);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	length = snprintf(text, sizeof(text),
			  "POST /applications/%s/chats/1/messages HTTP/1.1\r\n"
			  "Host: x\r\nContent-Type: application/json\r\n"
			  "Prefer: wait=2\r\nContent-Length: %d\r\n\r\n%s",
			  token, length, body);
	assert_int_equal(send(fd, text, (size_t)length, MSG_NOSIGNAL), length);
	close(fd);
}

static bool gone_are_stored(void *context)
{
	return store_number("SELECT COUNT(*) FROM messages WHERE "
			    "application_id = %llu AND body LIKE 'gone %%'",
			    (unsigned long long)application) ==
	       *(const unsigned *)context;
}

static void test_clients_that_go_away(void **state)
{
	unsigned count = 60;
	pid_t pid = stack_pid("api");

	(void)state;
	stack_stop("persister");
	for (unsigned i = 0; i < count; i++)
		post_and_leave(i);
	/* a wait of its own, which ends behind theirs */
	assert_status(post("Prefer: wait=3"), 202);
	stack_start("persister");
	assert_becomes(gone_are_stored, &count, DRAINED_MS);
	assert_int_equal(stack_pid("api"), pid);
}

/* ---- many at once ---- */

struct crowd {
	const char *url;
	unsigned wanted, sent, stored, accepted;
	/* what is done when all wait */
	void (*release)(struct crowd *crowd);
	void *context;
	bool released;
};

static bool next(void *context, struct http_call *call)
{
	struct crowd *crowd = context;

	if (crowd->sent == crowd->wanted)
		return false;
	crowd->sent++;
	call->headers = "Prefer: wait=30";
	buf_printf(&call->url, "%s/applications/%s/chats/1/messages",
		   crowd->url, token);
	buf_append_text(&call->body, "{\"body\":\"patient\"}");
	return true;
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct crowd *crowd = context;

	(void)call;
	assert_true(crowd->released);
	if (reply->status == 201) {
		crowd->stored++;
		assert_header(reply, "Preference-Applied", "wait=30");
	} else {
		crowd->accepted++;
		assert_status(reply, 202);
		assert_null(http_header(reply, "Preference-Applied"));
	}
	return 0;
}

/* As many have got their number as there are clients: all of them wait. */
static bool all_wait(const struct crowd *crowd)
{
	char url[128];

	snprintf(url, sizeof(url), "%s/metrics", crowd->url);
	return metric_sum(url, "confab_events_accepted_total") >= crowd->wanted;
}

static void step(void *context)
{
	struct crowd *crowd = context;

	if (crowd->released || !all_wait(crowd))
		return;
	/* nobody else is held up */
	assert_status(api("GET", NULL, "/applications/%s", token), 200);
	assert_status(post(NULL), 202);
	crowd->released = true;
	crowd->release(crowd);
}

static void run_crowd(struct crowd *crowd)
{
	struct http_many many = { .connections = crowd->wanted,
				  .next = next,
				  .done = done,
				  .step = step,
				  .context = crowd };

	stack_stop("persister");
	http_many_run(&many);
	assert_int_equal(crowd->stored + crowd->accepted, crowd->wanted);
}

static void start_persister(struct crowd *crowd)
{
	(void)crowd;
	stack_start("persister");
}

static void stop_api(struct crowd *crowd)
{
	worker_stop(crowd->context);
}

static void test_three_hundred(void **state)
{
	struct worker other;
	struct crowd crowd = { .wanted = 300, .release = start_persister };

	(void)state;
	worker_start("api", &other);
	crowd.url = worker_url(&other);
	run_crowd(&crowd);
	assert_int_equal(crowd.stored, 300);
	worker_stop(&other);
}

/* They are told what is known so far. */
static void test_api_stops_meanwhile(void **state)
{
	struct worker other;
	struct crowd crowd = { .wanted = 40,
			       .release = stop_api,
			       .context = &other };

	(void)state;
	worker_start("api", &other);
	crowd.url = worker_url(&other);
	run_crowd(&crowd);
	assert_int_equal(crowd.accepted, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_clients_that_go_away,
					  stack_repair),
		cmocka_unit_test_teardown(test_three_hundred, stack_repair),
		cmocka_unit_test_teardown(test_api_stops_meanwhile,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("waiters", tests, prepare, NULL);
}
