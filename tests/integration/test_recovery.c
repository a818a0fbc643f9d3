#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* A number that was handed out is never handed out again, whatever happens to
 * Redis' data, and the system finds back by itself. */

/* The lease of the lost numbers, and the drain behind it. */
#define RECOVERED_MS 60000

struct next_number {
	const struct talk *talk;
	uint64_t number; /* that the first accepted create got */
	unsigned refused;
};

static bool create_is_accepted(void *context)
{
	struct next_number *next = context;
	const struct http_reply *reply =
		api("POST", "{\"body\":\"afterwards\"}",
		    "/applications/%s/chats/1/messages", next->talk->token);

	if (reply->status == 202) {
		next->number = reply_number(reply, "number");
		return true;
	}
	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
	next->refused++;
	return false;
}

static void create_many(const struct talk *talk, uint64_t first, unsigned count)
{
	char text[32];

	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "promise %u", i);
		assert_int_equal(create_message(talk->token, 1, text),
				 first + i);
	}
}

static bool nine_rows(void *context)
{
	return store_rows(((const struct talk *)context)->application) == 9;
}

/* Five promises wait in the broker when Redis loses all it knew. */
static void test_flushed_with_a_backlog(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct talk talk;
	struct next_number next = { .talk = &talk };

	(void)state;
	create_talk(&talk, texts, 3);
	stack_stop("persister");
	create_many(&talk, 4, 5);
	numbers_store_flush();
	/* nothing is given out, and reads go on */
	assert_false(create_is_accepted(&next));
	assert_status(api("GET", NULL, "/applications/%s/chats/1/messages",
			  talk.token),
		      200);
	stack_start("persister");
	assert_becomes(create_is_accepted, &next, RECOVERED_MS);
	assert_int_equal(next.number, 9);
	assert_becomes(nine_rows, &talk, STORED_MS);
	assert_int_equal(create_chat(talk.token), 2);
}

/* Whoever asks for a promised message is told that it will come, or that
 * nobody can tell: also before the API has noticed the loss. */
static void test_promise_is_not_denied(void **state)
{
	static const char *const texts[] = { "one" };
	const struct http_reply *reply;
	struct talk talk;
	struct next_number next = { .talk = &talk };

	(void)state;
	create_talk(&talk, texts, 1);
	stack_stop("persister");
	create_many(&talk, 2, 1);
	for (unsigned i = 0; i < 400; i++) {
		if (i == 100)
			numbers_store_flush();
		reply = api("GET", NULL, "/applications/%s/chats/1/messages/2",
			    talk.token);
		assert_status(reply, reply->status == 503 ? 503 : 404);
		assert_non_null(http_header(reply, "Retry-After"));
	}
	stack_start("persister");
	assert_becomes(create_is_accepted, &next, RECOVERED_MS);
	assert_int_equal(next.number, 3);
}

/* An old copy of the data is put back under a running system. */
static void test_rolled_back(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct talk talk;
	struct next_number next = { .talk = &talk };

	(void)state;
	create_talk(&talk, texts, 3);
	numbers_store_save();
	create_many(&talk, 4, 5);
	numbers_store_roll_back();
	assert_becomes(create_is_accepted, &next, RECOVERED_MS);
	assert_int_equal(next.number, 9);
	assert_true(next.refused > 0);
	assert_becomes(nine_rows, &talk, STORED_MS);
}

/* ---- Redis is started anew ---- */

static uint64_t generation(void)
{
	return store_number("SELECT generation FROM numbering WHERE id = 1");
}

/* With its data: the same numbers go on. */
static void test_restarted(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct talk talk;
	struct next_number next = { .talk = &talk };
	uint64_t before;

	(void)state;
	create_talk(&talk, texts, 3);
	before = generation();
	stack_stop("redis");
	stack_start("redis");
	assert_becomes(create_is_accepted, &next, RECOVERED_MS);
	assert_int_equal(next.number, 4);
	assert_int_equal(generation(), before);
}

/* Nobody who saw the newer data is alive when the older comes. */
static void test_old_copy_while_all_is_down(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct talk talk;
	struct next_number next = { .talk = &talk };
	uint64_t before;

	(void)state;
	create_talk(&talk, texts, 3);
	before = generation();
	numbers_store_save();
	create_many(&talk, 4, 5);
	stack_stop("api");
	stack_stop("ingest");
	numbers_store_roll_back();
	stack_stop("redis");
	stack_start("redis");
	stack_start("ingest");
	stack_start("api");
	assert_becomes(create_is_accepted, &next, RECOVERED_MS);
	assert_int_equal(next.number, 9);
	assert_true(generation() > before);
	assert_becomes(nine_rows, &talk, STORED_MS);
}

/* ---- keys survive too ---- */

static const struct http_reply *post_keyed(const struct talk *talk)
{
	return api_with("Idempotency-Key: survives", "POST",
			"{\"body\":\"keyed\"}",
			"/applications/%s/chats/1/messages", talk->token);
}

static bool keyed_is_answered(void *context)
{
	return post_keyed(context)->status == 202;
}

static void test_keys_survive_a_flush(void **state)
{
	const struct http_reply *reply;
	struct talk talk;
	struct next_number next = { .talk = &talk };

	(void)state;
	create_talk(&talk, NULL, 0);
	assert_status(post_keyed(&talk), 202);
	numbers_store_flush();
	assert_becomes(keyed_is_answered, &talk, RECOVERED_MS);
	reply = post_keyed(&talk);
	assert_status(reply, 202);
	assert_int_equal(reply_number(reply, "number"), 1);
	assert_header(reply, "Idempotency-Replayed", "true");
	assert_becomes(create_is_accepted, &next, RECOVERED_MS);
	assert_int_equal(next.number, 2);
}

/* ---- a Redis that would forget ---- */

static void test_redis_is_set_to_remember(void **state)
{
	(void)state;
	assert_string_equal(numbers_store_setting("appendonly"), "yes");
	assert_string_equal(numbers_store_setting("appendfsync"), "always");
	assert_string_equal(numbers_store_setting("maxmemory-policy"),
			    "noeviction");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redis_is_set_to_remember),
		cmocka_unit_test_teardown(test_flushed_with_a_backlog,
					  stack_repair),
		cmocka_unit_test_teardown(test_promise_is_not_denied,
					  stack_repair),
		cmocka_unit_test_teardown(test_rolled_back, stack_repair),
		cmocka_unit_test_teardown(test_restarted, stack_repair),
		cmocka_unit_test_teardown(test_old_copy_while_all_is_down,
					  stack_repair),
		cmocka_unit_test_teardown(test_keys_survive_a_flush,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
