#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/stores.h"

/* A retry that comes long after its key was given a number: that number may be
 * promised only if no reader has given it up. */

/* From there on a key is old. */
#define OLD_MS 31000

static const struct http_reply *post_keyed(const struct talk *talk,
					   const char *key)
{
	char header[64];

	snprintf(header, sizeof(header), "Idempotency-Key: %s", key);
	return api_with(header, "POST", "{\"body\":\"keyed\"}",
			"/applications/%s/chats/1/messages", talk->token);
}

static uint64_t accepted(const struct talk *talk, const char *key)
{
	const struct http_reply *reply = post_keyed(talk, key);

	assert_status(reply, 202);
	return reply_number(reply, "number");
}

static bool three_rows(void *context)
{
	return store_rows(((const struct talk *)context)->application) == 3;
}

/* As if the second event had never been published and the third one had been
 * lost, and a reader had waited for long enough. */
static void give_up_the_second(const struct talk *talk)
{
	unsigned long long application = talk->application;

	store_execute("INSERT INTO voids (application_id, chat_number, number, "
		      "event_id, created_at) VALUES (%llu, 1, 2, "
		      "REPEAT('v', 16), UTC_TIMESTAMP(3))",
		      application);
	store_execute("DELETE FROM messages WHERE application_id = %llu "
		      "AND number IN (2, 3)",
		      application);
	store_execute("DELETE FROM idempotency WHERE application_id = %llu",
		      application);
}

static void count_message(void *context, const struct broker_message *message)
{
	(void)message;
	++*(unsigned *)context;
}

static bool is_old(void *context)
{
	return clock_monotonic_ms() - *(const int64_t *)context > OLD_MS;
}

static void test_old_keys(void **state)
{
	int64_t posted_ms;
	unsigned published = 0;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	assert_int_equal(accepted(&talk, "stored"), 1);
	assert_int_equal(accepted(&talk, "given-up"), 2);
	assert_int_equal(accepted(&talk, "awaited"), 3);
	posted_ms = clock_monotonic_ms();
	assert_becomes(three_rows, &talk, STORED_MS);
	give_up_the_second(&talk);
	assert_becomes(is_old, &posted_ms, OLD_MS + 1000);
	broker_copy_start();
	/* its row is there: nothing needs to be published */
	assert_int_equal(accepted(&talk, "stored"), 1);
	broker_take("test.copy", count_message, &published);
	broker_copy_stop();
	assert_int_equal(published, 0);
	/* readers are past it */
	assert_int_equal(accepted(&talk, "given-up"), 4);
	assert_int_equal(accepted(&talk, "given-up"), 4);
	/* nothing is known of it: the same event again */
	assert_int_equal(accepted(&talk, "awaited"), 3);
	assert_becomes(three_rows, &talk, STORED_MS);
	assert_int_equal(store_number("SELECT COUNT(*) FROM messages WHERE "
				      "application_id = %llu AND number = 2",
				      (unsigned long long)talk.application),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_keys),
	};

	return cmocka_run_group_tests_name("old_keys", tests, NULL, NULL);
}
