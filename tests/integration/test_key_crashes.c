#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/integration/harness.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/*
 * Fifty clients post with one Idempotency-Key, the API is killed amid, and
 * each client tries again until it is answered: one number, one job, one row.
 * KILL_SEED=n repeats the moments of an earlier run.
 */

enum { CLIENTS = 50, TRIES = 5, REST_MS = 100 };
/* Fifty posts take some ten milliseconds. */
#define LATEST_KILL_US 20000
#define RECOVERED_MS 60000

static char token[TOKEN_SIZE];
static uint64_t application;
static unsigned seed;

struct crowd {
	const char *prefix, *member; /* of the dialect, of its number */
	bool of_chats, both_ports, wait;
	unsigned try;
	char headers[128], text[64];
	pid_t pid;
	unsigned kill_us;
	/* what came of it */
	unsigned started, to_repeat, answered, repeated;
	uint64_t number;
	char job[256];
};

static int prepare(void **state)
{
	const char *given = getenv("KILL_SEED");

	(void)state;
	seed = given && *given ? (unsigned)strtoul(given, NULL, 10)
			       : (unsigned)time(NULL);
	print_message("KILL_SEED=%u\n", seed);
	create_application(token);
	application = store_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

/* ---- one crowd ---- */

static bool next(void *context, struct http_call *call)
{
	struct crowd *crowd = context;
	bool ingest;

	if (crowd->started < CLIENTS)
		crowd->started++;
	else if (crowd->to_repeat > 0)
		crowd->to_repeat--;
	else
		return false;
	ingest = crowd->both_ports && crowd->started % 2 == 0;
	call->headers = crowd->headers;
	buf_printf(&call->url, "%s%s/%s/chats",
		   setting(ingest ? "CONFAB_INGEST_URL" : "CONFAB_API_URL"),
		   crowd->prefix, token);
	if (crowd->of_chats)
		return true;
	buf_append_text(&call->url, "/1/messages");
	buf_printf(&call->body, "{\"message\":{\"body\":\"%s\"}}", crowd->text);
	return true;
}

static void compare(struct crowd *crowd, const struct http_reply *reply)
{
	uint64_t number = reply_number(reply, crowd->member);

	if (crowd->answered++ == 0)
		crowd->number = number;
	assert_int_equal(number, crowd->number);
	if (!reply_has(reply, "job_id"))
		return;
	if (!*crowd->job)
		reply_copy(reply, "job_id", crowd->job, sizeof(crowd->job));
	assert_string_equal(reply_text(reply, "job_id"), crowd->job);
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct crowd *crowd = context;

	(void)call;
	if (reply->status >= 200 && reply->status <= 202) {
		compare(crowd, reply);
		return 0;
	}
	if (reply->status != 0)
		assert_status(reply, 503);
	crowd->repeated++;
	crowd->to_repeat++;
	return REST_MS;
}

static void *kill_amid(void *context)
{
	const struct crowd *crowd = context;
	struct timespec pause = { 0, crowd->kill_us * 1000L };

	nanosleep(&pause, NULL);
	kill(crowd->pid, SIGKILL);
	return NULL;
}

static bool api_is_back(void *context)
{
	const struct crowd *crowd = context;

	return stack_is_back("api", crowd->pid) &&
	       api("GET", NULL, "/up")->status == 200;
}

static void post_all(struct crowd *crowd)
{
	struct http_many many = { .connections = CLIENTS,
				  .fresh = true,
				  .next = next,
				  .done = done,
				  .context = crowd };
	pthread_t thread;

	crowd->pid = stack_pid("api");
	assert_true(crowd->pid > 1);
	assert_int_equal(pthread_create(&thread, NULL, kill_amid, crowd), 0);
	http_many_run(&many);
	pthread_join(thread, NULL);
	assert_int_equal(crowd->answered, CLIENTS);
	assert_becomes(api_is_back, crowd, RESTARTED_MS);
}

/* ---- what is stored afterwards ---- */

struct place {
	bool of_chats;
	uint64_t number;
};

static bool place_is_stored(void *context)
{
	const struct place *place = context;
	unsigned long long number = place->number, id = application;

	if (place->of_chats)
		return store_number("SELECT COUNT(*) FROM chats WHERE "
				    "application_id = %llu AND number = %llu",
				    id, number) == 1;
	return store_number("SELECT COUNT(*) FROM messages WHERE "
			    "application_id = %llu AND chat_number = 1 "
			    "AND number = %llu",
			    id, number) == 1;
}

/* Waits for the next number too, behind which nothing of the crowd's can be
 * left on its way. */
static void check_stored(const struct crowd *crowd)
{
	struct place place = { crowd->of_chats, crowd->number };

	assert_becomes(place_is_stored, &place, DRAINED_MS);
	place.number = crowd->of_chats ? create_chat(token)
				       : create_message(token, 1, "afterwards");
	assert_int_equal(place.number, crowd->number + 1);
	assert_becomes(place_is_stored, &place, DRAINED_MS);
	if (!crowd->of_chats)
		assert_int_equal(
			store_number("SELECT COUNT(*) FROM messages WHERE "
				     "application_id = %llu AND body = '%s'",
				     (unsigned long long)application,
				     crowd->text),
			1);
}

static bool is_open(void *context)
{
	const struct http_reply *reply = api("GET", NULL, "/ready");

	(void)context;
	return reply->status == 200;
}

static void run_crowd(const char *name, struct crowd crowd)
{
	snprintf(crowd.headers, sizeof(crowd.headers),
		 "Idempotency-Key: %s-%u%s", name, crowd.try,
		 crowd.wait ? "\nPrefer: wait=20" : "");
	snprintf(crowd.text, sizeof(crowd.text), "%s %u", name, crowd.try);
	crowd.kill_us = (unsigned)rand_r(&seed) % LATEST_KILL_US;
	post_all(&crowd);
	print_message("%s %u: killed after %u us, %u repeated\n", name,
		      crowd.try, crowd.kill_us, crowd.repeated);
	assert_becomes(is_open, NULL, RECOVERED_MS);
	check_stored(&crowd);
}

static void run_crowds(const char *name, struct crowd crowd)
{
	for (crowd.try = 0; crowd.try < TRIES; crowd.try++)
		run_crowd(name, crowd);
}

static void test_messages(void **state)
{
	(void)state;
	run_crowds("messages", (struct crowd){ .prefix = "/applications",
					       .member = "number" });
}

static void test_messages_at_two_processes(void **state)
{
	(void)state;
	run_crowds("both", (struct crowd){ .prefix = "/applications",
					   .member = "number",
					   .both_ports = true });
}

static void test_chats(void **state)
{
	(void)state;
	run_crowds("chats", (struct crowd){ .prefix = "/applications",
					    .member = "number",
					    .of_chats = true });
}

static void test_messages_that_wait(void **state)
{
	(void)state;
	run_crowds("wait", (struct crowd){ .prefix = "/applications",
					   .member = "number",
					   .wait = true });
}

static void test_messages_in_a_dialect(void **state)
{
	(void)state;
	run_crowds("apps", (struct crowd){ .prefix = "/apps",
					   .member = "message_number" });
}

/* ---- a retry long after ---- */

static void test_retry_after_a_crash(void **state)
{
	static const char *const keys = "Idempotency-Key: later";
	const struct http_reply *reply;
	struct crowd crowd = { .member = "number" };

	(void)state;
	reply = api_with(keys, "POST", "{\"body\":\"x\"}",
			 "/applications/%s/chats/1/messages", token);
	assert_status(reply, 202);
	compare(&crowd, reply);
	crowd.pid = stack_kill("api");
	assert_becomes(api_is_back, &crowd, RESTARTED_MS);
	assert_becomes(is_open, NULL, RESTARTED_MS);
	reply = api_with(keys, "POST", "{\"body\":\"x\"}",
			 "/applications/%s/chats/1/messages", token);
	assert_status(reply, 202);
	assert_header(reply, "Idempotency-Replayed", "true");
	compare(&crowd, reply);
}

/* ---- and Redis loses all it knew ---- */

static const struct http_reply *post_lost(const char *prefer)
{
	char headers[128];

	snprintf(headers, sizeof(headers), "Idempotency-Key: lost%s", prefer);
	return api_with(headers, "POST", "{\"body\":\"lost\"}",
			"/applications/%s/chats/1/messages", token);
}

static bool lost_is_answered(void *context)
{
	(void)context;
	return post_lost("")->status == 202;
}

/* Killed and flushed with the accepted message still in the queue; then the key
 * is known from the rows alone. */
static void test_flushed_meanwhile(void **state)
{
	const struct http_reply *reply;
	struct crowd crowd = { .member = "number" };
	char job[256];

	(void)state;
	stack_stop("persister");
	reply = post_lost("");
	assert_status(reply, 202);
	crowd.number = reply_number(reply, "number");
	reply_copy(reply, "job_id", job, sizeof(job));
	crowd.pid = stack_kill("api");
	numbers_store_flush();
	assert_becomes(api_is_back, &crowd, RESTARTED_MS);
	assert_status(post_lost(""), 503);
	stack_start("persister");
	assert_becomes(lost_is_answered, NULL, RECOVERED_MS);
	for (int waits = 0; waits < 2; waits++) {
		reply = post_lost(waits ? "\nPrefer: wait=20" : "");
		assert_status(reply, waits ? 201 : 202);
		assert_header(reply, "Idempotency-Replayed", "true");
		assert_int_equal(reply_number(reply, "number"), crowd.number);
		assert_string_equal(reply_text(reply, "job_id"), job);
	}
	snprintf(crowd.text, sizeof(crowd.text), "lost");
	check_stored(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_messages, stack_repair),
		cmocka_unit_test_teardown(test_messages_at_two_processes,
					  stack_repair),
		cmocka_unit_test_teardown(test_chats, stack_repair),
		cmocka_unit_test_teardown(test_messages_that_wait,
					  stack_repair),
		cmocka_unit_test_teardown(test_messages_in_a_dialect,
					  stack_repair),
		cmocka_unit_test_teardown(test_retry_after_a_crash,
					  stack_repair),
		cmocka_unit_test_teardown(test_flushed_meanwhile, stack_repair),
	};

	return cmocka_run_group_tests_name("key_crashes", tests, prepare, NULL);
}
