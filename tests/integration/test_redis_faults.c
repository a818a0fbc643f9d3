#include <stdio.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/*
 * Redis that forgets, hangs or refuses while numbers are given out: cases 23
 * to 27 of docs/failure-cases.md. load_verify() is the judge: it compares each
 * text with the number that its 202 told, so a number that was given twice or
 * to another request shows.
 */

enum { CREATES = 2000, CHATS = 5 };

/* ---- under load ---- */

/* Begins and ends when so many creates are acknowledged; `end` may be NULL. */
struct fault {
	void (*begin)(void);
	void (*end)(void);
	unsigned begin_at, end_at;
	bool begun, ended;
};

static void act(struct load *load)
{
	struct fault *fault = load->context;

	if (!fault->begun && load->acknowledged >= fault->begin_at) {
		fault->begun = true;
		fault->begin();
	} else if (fault->begun && !fault->ended && fault->end &&
		   load->acknowledged >= fault->end_at) {
		fault->ended = true;
		fault->end();
	}
}

static void live_through(struct fault *fault, bool forgiving)
{
	struct load load = { .count = CREATES,
			     .both_ports = true,
			     .forgiving = forgiving,
			     .step = act,
			     .context = fault };
	struct talk talk;

	load_prepare(&load, &talk, CHATS);
	load_run(&load);
	assert_true(fault->begun);
	assert_true(fault->ended || !fault->end);
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	load_release(&load);
}

static uint64_t generation(void)
{
	return store_number("SELECT generation FROM numbering WHERE id = 1");
}

/* ---- lost data ---- */

static void empty_redis(void)
{
	stack_stop("redis");
	fault_shell("rm -r '%s/appendonlydir'", stack_home("redis"));
	stack_start("redis");
}

static void test_23_started_with_no_data_under_load(void **state)
{
	uint64_t before = generation();
	struct fault fault = { .begin = empty_redis, .begin_at = CREATES / 3 };

	(void)state;
	live_through(&fault, true);
	assert_true(generation() > before);
}

/* What a power cut leaves when the last writes were not on disk: killed, and
 * an older state of the same file. (No test can drop the page cache of one
 * file.) */
static void copy_data(void)
{
	fault_shell("cd '%s' && rm -rf older && cp -a appendonlydir older",
		    stack_home("redis"));
}

static void kill_and_put_copy_back(void)
{
	(void)stack_kill("redis");
	stack_stop("redis");
	fault_shell("cd '%s' && rm -r appendonlydir && mv older appendonlydir",
		    stack_home("redis"));
	stack_start("redis");
}

static void test_24_last_second_lost_under_load(void **state)
{
	uint64_t before = generation();
	struct fault fault = { .begin = copy_data,
			       .end = kill_and_put_copy_back,
			       .begin_at = CREATES / 4,
			       .end_at = CREATES / 2 };

	(void)state;
	live_through(&fault, true);
	assert_true(generation() > before);
}

/* ---- lost scripts ---- */

static void flush_scripts(struct load *load)
{
	(void)load;
	numbers_store_command("SCRIPT FLUSH");
}

/* Not one create is refused. */
static void test_25_scripts_flushed_under_load(void **state)
{
	struct load load = { .count = CREATES,
			     .both_ports = true,
			     .step = flush_scripts };
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, CHATS);
	load_run(&load);
	load_verify(&load);
	assert_int_equal(store_rows(talk.application), CREATES);
	load_release(&load);
}

/* ---- late answers ---- */

/* Longer than the API waits for Redis, more than once over. */
#define FROZEN_MS 4000

static void freeze_for_a_while(void)
{
	fault_freeze("redis");
	clock_sleep_ms(FROZEN_MS);
	fault_thaw();
}

/* The clients' connections wait meanwhile, and Redis has their commands when
 * it goes on. */
static void test_26_answers_late_under_load(void **state)
{
	struct fault fault = { .begin = freeze_for_a_while,
			       .begin_at = CREATES / 3,
			       .end = freeze_for_a_while,
			       .end_at = 2 * CREATES / 3 };

	(void)state;
	live_through(&fault, true);
}

static bool is_refused(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply =
		api("POST", "{\"body\":\"refused\"}",
		    "/applications/%s/chats/1/messages", talk->token);

	if (reply->status == 202)
		return false;
	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
	return true;
}

struct create {
	const struct talk *talk;
	uint64_t number;
};

static bool is_accepted(void *context)
{
	struct create *create = context;
	const struct http_reply *reply =
		api("POST", "{\"body\":\"accepted again\"}",
		    "/applications/%s/chats/1/messages", create->talk->token);

	if (reply->status == 202)
		create->number = reply_number(reply, "number");
	return reply->status == 202;
}

static void assert_row(const struct create *create, const char *text)
{
	struct rows_wanted wanted = { create->talk, 1 };

	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_string_equal(
		store_text("SELECT body FROM messages WHERE "
			   "application_id = %llu AND number = "
			   "%llu",
			   (unsigned long long)create->talk->application,
			   (unsigned long long)create->number),
		text);
}

/* One request times out; its late number belongs to nobody. */
static void test_26_late_number_goes_to_nobody(void **state)
{
	struct talk talk;
	struct create create = { .talk = &talk };

	(void)state;
	create_talk(&talk, NULL, 0);
	fault_freeze("redis");
	assert_true(is_refused(&talk));
	fault_thaw();
	assert_becomes(is_accepted, &create, DRAINED_MS);
	assert_row(&create, "accepted again");
}

/* ---- a Redis that takes no writes ---- */

/* Nobody listens on port 1: it stays the replica of nothing. */
static void test_27_readonly(void **state)
{
	static const char *const texts[] = { "one", "two" };
	uint64_t before;
	struct talk talk;
	struct create create = { .talk = &talk };

	(void)state;
	create_talk(&talk, texts, 2);
	before = generation();
	numbers_store_command("REPLICAOF 127.0.0.1 1");
	assert_becomes(is_refused, &talk, STORED_MS);
	for (int i = 0; i < 5; i++)
		assert_true(is_refused(&talk));
	assert_status(api("GET", NULL, "/applications/%s/chats/1/messages/2",
			  talk.token),
		      200);
	numbers_store_command("REPLICAOF NO ONE");
	assert_becomes(is_accepted, &create, DRAINED_MS);
	assert_true(create.number >= 3);
	/* it had lost nothing, so the same numbers go on */
	assert_int_equal(generation(), before);
}

static void lose_master(void)
{
	numbers_store_command("REPLICAOF 127.0.0.1 1");
	clock_sleep_ms(FROZEN_MS);
	numbers_store_command("REPLICAOF NO ONE");
}

static void test_27_readonly_under_load(void **state)
{
	struct fault fault = { .begin = lose_master, .begin_at = CREATES / 3 };

	(void)state;
	live_through(&fault, true);
}

static int redis_repair(void **state)
{
	fault_thaw();
	if (stack_pid("redis") != 0)
		numbers_store_command("REPLICAOF NO ONE");
	fault_shell("rm -rf '%s/older'", stack_home("redis"));
	return fault_repair(state);
}

#define TEST(function) cmocka_unit_test_teardown(function, redis_repair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_23_started_with_no_data_under_load),
		TEST(test_24_last_second_lost_under_load),
		TEST(test_25_scripts_flushed_under_load),
		TEST(test_26_answers_late_under_load),
		TEST(test_26_late_number_goes_to_nobody),
		TEST(test_27_readonly),
		TEST(test_27_readonly_under_load),
	};

	return cmocka_run_group_tests_name("redis_faults", tests, NULL, NULL);
}
