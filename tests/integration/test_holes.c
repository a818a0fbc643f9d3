#include <stdio.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* A number that nothing came for: once one reader has waited for long enough,
 * nobody waits any more; and what comes after all is not lost. */

/* What one reader waits. */
#define WATCHED_MS (60000 + 10000 * ROOM)

static unsigned listed(const char *url, const struct talk *talk)
{
	char path[256];
	const struct http_reply *reply;

	snprintf(path, sizeof(path), "%s/applications/%s/chats/1/messages", url,
		 talk->token);
	reply = http_send("GET", NULL, NULL, path);
	assert_status(reply, 200);
	return reply_count(reply, "");
}

struct reader {
	const char *url;
	const struct talk *talk;
	unsigned messages;
};

static bool reads(void *context)
{
	const struct reader *reader = context;

	return listed(reader->url, reader->talk) == reader->messages;
}

static uint64_t voids(const struct talk *talk)
{
	return store_number("SELECT COUNT(*) FROM voids WHERE "
			    "application_id = %llu AND chat_number = 1 "
			    "AND number IN (2, 3)",
			    (unsigned long long)talk->application);
}

static bool is_stored(void *context)
{
	return store_rows(((const struct talk *)context)->application) == 3;
}

static bool counts_are_right(void *context)
{
	return store_counts_are_right(
		((const struct talk *)context)->application);
}

static void test_one_reader_waits_for_all(void **state)
{
	struct worker other;
	struct talk talk;
	struct reader reader = { setting("CONFAB_API_URL"), &talk, 2 };

	(void)state;
	create_talk(&talk, NULL, 0);
	broker_publish("message.created", broker_event(&talk, 1, "first"));
	broker_publish("message.created", broker_event(&talk, 4, "fourth"));
	reader.messages = 1;
	assert_becomes(reads, &reader, STORED_MS);
	reader.messages = 2;
	assert_becomes(reads, &reader, WATCHED_MS);
	assert_int_equal(voids(&talk), 2);
	/* one that has never seen the hole passes it at once */
	worker_start("api", &other);
	assert_int_equal(listed(worker_url(&other), &talk), 2);
	worker_stop(&other);
	/* the row wins */
	broker_publish("message.created", broker_event(&talk, 3, "third"));
	assert_becomes(is_stored, &talk, STORED_MS);
	assert_int_equal(voids(&talk), 1);
	assert_int_equal(listed(reader.url, &talk), 3);
	assert_becomes(counts_are_right, &talk, COUNTED_MS);
}

/* ---- chats ---- */

/* Its hole is seen before the first test, so that both are waited for at the
 * same time. */
static struct talk chats_talk;

static unsigned listed_chats(void)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats", chats_talk.token);

	assert_status(reply, 200);
	return reply_count(reply, "");
}

static bool first_chat_is_listed(void *context)
{
	(void)context;
	return listed_chats() == 1;
}

static int see_hole_of_chats(void **state)
{
	(void)state;
	create_talk(&chats_talk, NULL, 0);
	store_execute("INSERT INTO chats (application_id, number, event_id, "
		      "generation, created_at) VALUES (%llu, 3, "
		      "REPEAT('c', 16), 1, UTC_TIMESTAMP(3))",
		      (unsigned long long)chats_talk.application);
	assert_becomes(first_chat_is_listed, NULL, STORED_MS);
	return 0;
}

static bool chats_are_listed(void *context)
{
	(void)context;
	return listed_chats() == 2;
}

static void test_chats_too(void **state)
{
	(void)state;
	assert_becomes(chats_are_listed, NULL, WATCHED_MS);
	assert_int_equal(
		store_number("SELECT COUNT(*) FROM voids WHERE "
			     "application_id = %llu AND "
			     "chat_number = 0 AND number = 2",
			     (unsigned long long)chats_talk.application),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_reader_waits_for_all),
		cmocka_unit_test(test_chats_too),
	};

	return cmocka_run_group_tests_name("holes", tests, see_hole_of_chats,
					   NULL);
}
