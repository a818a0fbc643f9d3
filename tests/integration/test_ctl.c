#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* confabctl, as an operator runs it: with run.env sourced. */

static void test_migrate_twice(void **state)
{
	uint64_t tables;

	(void)state;
	confabctl(0, "migrate", NULL, NULL, NULL);
	tables = store_number("SELECT COUNT(*) FROM information_schema.tables "
			      "WHERE table_schema = DATABASE()");
	confabctl(0, "migrate", NULL, NULL, NULL);
	assert_true(tables > 3);
	assert_int_equal(
		store_number("SELECT COUNT(*) FROM information_schema.tables "
			     "WHERE table_schema = DATABASE()"),
		tables);
}

static void test_usage(void **state)
{
	(void)state;
	confabctl(2, "no-such-verb", NULL, NULL, NULL);
	confabctl(2, "migrate", "surplus", NULL, NULL);
	assert_non_null(
		strstr(confabctl(0, "--help", NULL, NULL, NULL), "reindex"));
	assert_non_null(strstr(confabctl(0, "--version", NULL, NULL, NULL),
			       "confabctl"));
}

/* ---- sample data ---- */

static bool samples_are_counted(void *context)
{
	(void)context;
	return store_number("SELECT SUM(chats_count) FROM applications") ==
		       46 &&
	       store_number("SELECT SUM(messages_count) FROM applications") ==
		       store_number("SELECT COUNT(*) FROM messages");
}

static void test_seed_into_an_empty_system(void **state)
{
	const struct http_reply *summary;

	(void)state;
	confabctl(0, "reset", "--yes", NULL, NULL);
	assert_int_equal(store_number("SELECT COUNT(*) FROM applications"), 0);
	assert_int_equal(stack_repair(state), 0);
	confabctl(0, "seed", NULL, NULL, NULL);
	assert_int_equal(store_number("SELECT COUNT(*) FROM applications"), 5);
	assert_int_equal(store_number("SELECT COUNT(*) FROM chats"), 46);
	assert_true(store_number("SELECT COUNT(*) FROM messages") > 500);
	assert_becomes(samples_are_counted, NULL, COUNTED_MS);

	summary = http_reply_of(
		confabctl(0, "seed-summary", "--json", NULL, NULL));
	assert_int_equal(reply_count(summary, ""), 5);
	assert_int_equal(strlen(reply_text(summary, "0.token")), 32);
	assert_true(strlen(reply_text(summary, "4.name")) > 0);

	/* a system that holds something is left alone */
	confabctl(0, "seed", NULL, NULL, NULL);
	assert_int_equal(store_number("SELECT COUNT(*) FROM applications"), 5);
}

static void test_reset_lets_create(void **state)
{
	char token[TOKEN_SIZE];

	(void)state;
	confabctl(0, "reset", "--yes", NULL, NULL);
	create_application(token);
	assert_int_equal(create_chat(token), 1);
	assert_int_equal(create_message(token, 1, "at once"), 1);
}

/* ---- looking ---- */

static void test_queues(void **state)
{
	static const char *const names[] = { "confab.persist", "confab.index",
					     "confab.count", "confab.dead" };
	const char *text = confabctl(0, "queues", NULL, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_non_null(strstr(text, names[i]));
	assert_int_equal(
		reply_count(http_reply_of(confabctl(0, "queues", "--json", NULL,
						    NULL)),
			    ""),
		4);
}

static void test_status(void **state)
{
	const struct http_reply *status;

	(void)state;
	confabctl(0, "status", NULL, NULL, NULL);
	confabctl(0, "health", NULL, NULL, NULL);
	status = http_reply_of(confabctl(0, "status", "--json", NULL, NULL));
	assert_true(reply_has(status, "figures.messages"));
}

/* ---- repairing ---- */

static bool counted(void *context)
{
	const struct talk *talk = context;

	return store_counts_are_right(talk->application);
}

static bool fourth_is_counted(void *context)
{
	const struct talk *talk = context;

	return store_rows(talk->application) == 4 && counted(context);
}

static void test_reconcile(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	unsigned long long application;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 3);
	assert_becomes(counted, &talk, COUNTED_MS);
	application = talk.application;
	store_execute("UPDATE chats SET messages_count = 99, "
		      "settled_count = 97, settled_number = 1 "
		      "WHERE application_id = %llu",
		      application);
	store_execute("UPDATE applications SET chats_count = 99, "
		      "messages_count = 99, settled_count = 98, "
		      "settled_number = 1 WHERE id = %llu",
		      application);
	confabctl(0, "reconcile", NULL, NULL, NULL);
	assert_true(store_counts_are_right(talk.application));
	/* and what is counted from there stays right */
	create_message(talk.token, 1, "four");
	assert_becomes(fourth_is_counted, &talk, COUNTED_MS);
}

static bool all_documents(void *context)
{
	const struct talk *talk = context;

	return store_documents(talk->application) ==
	       store_rows(talk->application);
}

/* A slow machine's engine may have missed its time, and is then not asked for
 * some seconds. */
static bool engine_answers(void *context)
{
	const struct talk *talk = context;
	const char *engine = http_header(
		api("GET", NULL, "/applications/%s/chats/1/messages/search?q=x",
		    talk->token),
		"X-Search-Engine");

	return engine != NULL && strcmp(engine, "elasticsearch") == 0;
}

static void test_reindex(void **state)
{
	static const char *const texts[] = { "lost and found", "also lost" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 2);
	store_delete_index();
	confabctl(0, "reindex", NULL, NULL, NULL);
	assert_becomes(all_documents, &talk, STORED_MS);
	assert_becomes(engine_answers, &talk, DRAINED_MS);
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=los",
		    talk.token);
	assert_status(reply, 200);
	assert_header(reply, "X-Search-Engine", "elasticsearch");
	assert_int_equal(reply_count(reply, ""), 2);
	/* what comes after is indexed too */
	create_message(talk.token, 1, "lost again");
	assert_becomes(all_documents, &talk, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_migrate_twice),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_seed_into_an_empty_system),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_reset_lets_create),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_reconcile),
		cmocka_unit_test(test_reindex),
	};

	return cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
}
