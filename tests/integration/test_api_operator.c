#include <string.h>

#include "tests/integration/harness.h"

/* Lists of every tenant's data: for the operator alone. */

static const char *const paths[] = {
	"/applications", "/chats",
	"/messages",	 "/messages/search?q=hello",
	"/apps",	 "/chat_applications"
};

static const char *const texts[] = { "hello operator" };
static struct talk talk;

static int prepare(void **state)
{
	(void)state;
	create_talk(&talk, texts, 1);
	return 0;
}

static void test_key_is_needed(void **state)
{
	const struct http_reply *reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		reply = api("GET", NULL, "%s", paths[i]);
		assert_status(reply, 401);
		assert_non_null(http_header(reply, "WWW-Authenticate"));
		reply = api_with("Authorization: Bearer wrong", "GET", NULL,
				 "%s", paths[i]);
		assert_status(reply, 403);
		assert_status(operator_get("%s", paths[i]), 200);
	}
}

static void test_shapes(void **state)
{
	const struct http_reply *reply = operator_get("/applications?limit=1");

	(void)state;
	assert_int_equal(reply_count(reply, ""), 1);
	assert_members(reply, "0",
		       "token name chats_count messages_count created_at "
		       "updated_at");
	reply = operator_get("/chats?limit=1");
	assert_int_equal(reply_count(reply, ""), 1);
	assert_members(reply, "0", "chat_number messages_count app_token");
	reply = operator_get("/messages?limit=1");
	assert_int_equal(reply_count(reply, ""), 1);
	assert_members(reply, "0", "app_token chat_number message_number body");
	reply = operator_get("/messages/search?q=hello+operator");
	assert_true(reply_count(reply, "") >= 1);
	assert_members(reply, "0",
		       "app_token chat_number message_number body created_at "
		       "score");
}

static void test_cursor(void **state)
{
	char other[TOKEN_SIZE], first[TOKEN_SIZE], path[2048];
	const struct http_reply *reply;
	const char *link;

	(void)state;
	create_application(other);
	reply = operator_get("/applications?limit=1");
	reply_copy(reply, "0.token", first, sizeof(first));
	link = http_header(reply, "Link");
	assert_non_null(link);
	assert_non_null(strstr(link, "rel=\"next\""));
	link = strstr(link, "/applications");
	assert_non_null(link);
	assert_non_null(strstr(link, "cursor="));
	strncpy(path, link, sizeof(path) - 1);
	path[strcspn(path, ">")] = '\0';
	reply = operator_get("%s", path);
	assert_status(reply, 200);
	assert_string_not_equal(reply_text(reply, "0.token"), first);
	assert_status(operator_get("/applications?cursor=made-up"), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_is_needed),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_cursor),
	};

	return cmocka_run_group_tests_name("api_operator", tests, prepare,
					   NULL);
}
