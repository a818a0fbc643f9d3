#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* A broker that dies, hangs, is short of memory or disk, or has a full queue.
 * The numbers in the names are those of docs/failure-cases.md. */

/* A create is answered within the lease of its number, however the broker
 * behaves; the rest is a loaded machine's. */
#define ANSWERED_MS 20000
/* Longer than two heartbeats. */
#define FROZEN_MS 30000

struct fault {
	bool begun, over;
	int64_t since_ms;
	pid_t api, ingest, broker;
};

static void note_processes(struct fault *fault)
{
	fault->api = stack_pid("api");
	fault->ingest = stack_pid("ingest");
}

static void assert_same_processes(const struct fault *fault)
{
	assert_int_equal(stack_pid("api"), fault->api);
	assert_int_equal(stack_pid("ingest"), fault->ingest);
}

static void run(struct fault *fault, void (*step)(struct load *load))
{
	struct load load = { .count = 3000,
			     .both_ports = true,
			     .forgiving = true,
			     .orphans = true,
			     .step = step,
			     .context = fault };
	struct talk talk;

	load_prepare(&load, &talk, 5);
	note_processes(fault);
	load_run(&load);
	assert_true(fault->begun);
	assert_int_equal(load.odd, 0);
	assert_in_range(load.slowest_ms, 0, ANSWERED_MS);
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_same_processes(fault);
	load_release(&load);
}

/* ---- 4: kill -9 ---- */

static void kill_broker(struct load *load)
{
	struct fault *fault = load->context;

	if (!fault->begun && load->acknowledged >= load->count / 3) {
		fault->broker = stack_kill("rabbitmq");
		fault->begun = true;
	}
}

static void test_4_broker_killed(void **state)
{
	struct fault fault = { 0 };

	(void)state;
	run(&fault, kill_broker);
	assert_true(stack_is_back("rabbitmq", fault.broker));
}

/* ---- 5: SIGSTOP ---- */

static void freeze_broker(struct load *load)
{
	struct fault *fault = load->context;

	if (!fault->begun && load->acknowledged >= load->count / 3) {
		broker_freeze();
		fault->begun = true;
		fault->since_ms = clock_monotonic_ms();
	} else if (fault->begun && !fault->over &&
		   clock_monotonic_ms() - fault->since_ms >= FROZEN_MS) {
		broker_thaw();
		fault->over = true;
	}
}

static void test_5_broker_frozen(void **state)
{
	struct fault fault = { 0 };

	(void)state;
	run(&fault, freeze_broker);
	assert_true(fault.over);
}

/* ---- 6: memory and disk ---- */

static const struct http_reply *post(const struct talk *talk, const char *text)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"body\":\"%s\"}", text);
	return api("POST", body, "/applications/%s/chats/1/messages",
		   talk->token);
}

static bool accepted(void *context)
{
	return post(context, "may be stored")->status == 202;
}

/* What the broker had not read when the alarm came is refused when its lease
 * is over; from then on the API knows. */
static bool refused_at_once(void *context)
{
	const struct http_reply *reply = post(context, "is not stored");

	if (reply->status != 503)
		return false;
	assert_non_null(http_header(reply, "Retry-After"));
	return reply->took_ms < REFUSED_MS &&
	       strstr(reply->body, "takes no messages now") != NULL;
}

static void assert_reads_work(const struct talk *talk)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1/messages/1",
		    talk->token);

	assert_status(reply, 200);
	assert_string_equal(reply_text(reply, "body"), "before");
	assert_status(api("GET", NULL, "/applications/%s", talk->token), 200);
}

static bool rows_and_documents_agree(void *context)
{
	const struct talk *talk = context;
	uint64_t rows = store_rows(talk->application);

	return rows > 1 && store_documents(talk->application) == rows &&
	       store_counts_are_right(talk->application);
}

static void alarm_and_back(void (*set)(bool on))
{
	static const char *const texts[] = { "before" };
	struct fault fault = { 0 };
	struct talk talk;

	create_talk(&talk, texts, 1);
	note_processes(&fault);
	set(true);
	assert_becomes(refused_at_once, &talk, ANSWERED_MS);
	for (int i = 0; i < 5; i++)
		assert_true(refused_at_once(&talk));
	assert_reads_work(&talk);
	set(false);
	assert_becomes(accepted, &talk, DRAINED_MS);
	assert_becomes(rows_and_documents_agree, &talk, COUNTED_MS);
	assert_same_processes(&fault);
}

static void test_6_memory_alarm(void **state)
{
	(void)state;
	alarm_and_back(broker_set_memory_alarm);
}

static void test_6_disk_alarm(void **state)
{
	(void)state;
	alarm_and_back(broker_set_disk_alarm);
}

/* ---- 7: a full queue ---- */

enum { KEYS = 20 };

static long post_with_key(const struct talk *talk, unsigned i, uint64_t *number)
{
	const struct http_reply *reply;
	char header[64], body[64];

	snprintf(header, sizeof(header), "Idempotency-Key: full-%u", i);
	snprintf(body, sizeof(body), "{\"body\":\"text %u\"}", i);
	reply = api_with(header, "POST", body,
			 "/applications/%s/chats/1/messages", talk->token);
	if (reply->status == 202)
		*number = reply_number(reply, "number");
	else
		assert_status(reply, 503);
	return reply->status;
}

/* Each number is in its row, with its own text. */
static bool all_are_stored(const struct talk *talk, const uint64_t *numbers)
{
	char text[64];

	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(text, sizeof(text), "text %u", i);
		if (strcmp(store_text("SELECT body FROM messages WHERE "
				      "application_id = %llu AND chat_number "
				      "= 1 AND number = %llu",
				      (unsigned long long)talk->application,
				      (unsigned long long)numbers[i]),
			   text) != 0)
			return false;
	}
	return store_rows(talk->application) == KEYS &&
	       store_documents(talk->application) == KEYS &&
	       store_counts_are_right(talk->application);
}

struct keyed {
	struct talk talk;
	uint64_t numbers[KEYS];
};

static bool keyed_is_stored(void *context)
{
	const struct keyed *keyed = context;

	return all_are_stored(&keyed->talk, keyed->numbers);
}

static bool keyed_is_accepted(void *context)
{
	struct keyed *keyed = context;

	for (unsigned i = 0; i < KEYS; i++)
		if (post_with_key(&keyed->talk, i, &keyed->numbers[i]) != 202)
			return false;
	return true;
}

static bool chat_is_stored(void *context)
{
	return store_chats(((struct talk *)context)->application) == 1;
}

static void take_bound_away(void)
{
	broker_drop_policy();
	stack_start("persister");
}

static void drain_first(void)
{
	stack_start("persister");
}

/* The queue of the rows takes three messages and no more. */
static void fill_queue(void (*help)(void))
{
	struct keyed keyed = { .numbers = { 0 } };
	uint64_t before[KEYS] = { 0 };
	unsigned refused = 0;

	create_talk(&keyed.talk, NULL, 0);
	assert_becomes(chat_is_stored, &keyed.talk, STORED_MS);
	stack_stop("persister");
	broker_set_policy("confab.persist",
			  "{\"max-length\":3,\"overflow\":\"reject-publish\","
			  "\"delivery-limit\":1000000}");
	for (unsigned i = 0; i < KEYS; i++)
		refused += post_with_key(&keyed.talk, i, &before[i]) != 202;
	assert_in_range(refused, 1, KEYS - 1);
	help();
	assert_becomes(keyed_is_accepted, &keyed, DRAINED_MS);
	assert_becomes(keyed_is_stored, &keyed, COUNTED_MS);
	for (unsigned i = 0; i < KEYS; i++)
		if (before[i] != 0)
			assert_int_equal(keyed.numbers[i], before[i]);
}

static void test_7_queue_full(void **state)
{
	(void)state;
	fill_queue(drain_first);
}

static void test_7_bound_taken_away(void **state)
{
	(void)state;
	fill_queue(take_bound_away);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_4_broker_killed, broker_heal),
		cmocka_unit_test_teardown(test_5_broker_frozen, broker_heal),
		cmocka_unit_test_teardown(test_6_memory_alarm, broker_heal),
		cmocka_unit_test_teardown(test_6_disk_alarm, broker_heal),
		cmocka_unit_test_teardown(test_7_queue_full, broker_heal),
		cmocka_unit_test_teardown(test_7_bound_taken_away, broker_heal),
	};

	return cmocka_run_group_tests_name("broker faults", tests, NULL, NULL);
}
