#include <string.h>

#include "tests/integration/harness.h"

/* Clients written for the other systems work as they are: what the resources'
 * own tests do not show under each prefix. */

static const char *const texts[] = { "hello there" };

/* ---- /apps: the list of messages is the search too ---- */

static void test_apps_messages(void **state)
{
	static const char *const queries[] = { "", "?query=", "?query=hel",
					       "/search?query=hel",
					       "/search?q=hel" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		reply = api("GET", NULL, "/apps/%s/chats/1/messages%s",
			    talk.token, queries[i]);
		assert_status(reply, 200);
		assert_int_equal(reply_count(reply, ""), 1);
		assert_members(reply, "0",
			       "matching_score body message_number");
		if (!strstr(queries[i], "hel"))
			assert_int_equal(
				reply_number(reply, "0.matching_score"), 0);
	}
	reply = api("GET", NULL, "/apps/%s/chats/1/messages?query=nothing",
		    talk.token);
	assert_int_equal(reply_count(reply, ""), 0);
}

/* ---- /chat_applications and /api/v1/chat_applications ---- */

static void test_chat_applications_search(void **state)
{
	static const char *const prefixes[] = { "/chat_applications",
						"/api/v1/chat_applications" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
		reply = api("GET", NULL,
			    "%s/%s/chats/1/messages/search?q=hello",
			    prefixes[i], talk.token);
		assert_status(reply, 200);
		assert_int_equal(reply_count(reply, ""), 1);
		assert_members(reply, "0", "number body");
	}
}

/* Headers are the same in every dialect. */
static void test_keys_in_dialects(void **state)
{
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	for (int i = 0; i < 2; i++) {
		reply = api_with("Idempotency-Key: dialect", "POST",
				 "{\"body\":\"once\"}",
				 "/apps/%s/chats/1/messages", talk.token);
		assert_status(reply, 200);
		assert_int_equal(reply_number(reply, "message_number"), 2);
	}
	assert_header(reply, "Idempotency-Replayed", "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apps_messages),
		cmocka_unit_test(test_chat_applications_search),
		cmocka_unit_test(test_keys_in_dialects),
	};

	return cmocka_run_group_tests_name("api_dialects", tests, NULL, NULL);
}
