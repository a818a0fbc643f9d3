#include <string.h>

#include "tests/integration/harness.h"

/* Clients written for the other systems work as they are. */

static const char *const texts[] = { "hello there" };

static void assert_refused(const char *path, const char *body)
{
	assert_status(api("POST", body, "%s", path), 400);
}

/* ---- /apps ---- */

static void test_apps_creates(void **state)
{
	const struct http_reply *reply =
		api("POST", "{\"app\":{\"name\":\"S1\"}}", "/apps");
	char token[TOKEN_SIZE];

	(void)state;
	assert_status(reply, 201);
	assert_members(reply, "", "token name chat_count");
	reply_copy(reply, "token", token, sizeof(token));
	assert_location(reply, "/apps/%s", token);
	assert_refused("/apps", "{\"application\":{\"name\":\"x\"}}");
	reply = api("POST", NULL, "/apps/%s/chats", token);
	assert_status(reply, 200);
	assert_members(reply, "", "chat_number");
	assert_location(reply, "/apps/%s/chats/1", token);
	reply = api("POST", "{\"message\":{\"body\":\"hi\"}}",
		    "/apps/%s/chats/1/messages", token);
	assert_status(reply, 200);
	assert_members(reply, "", "message_number");
	assert_int_equal(reply_number(reply, "message_number"), 1);
}

static void test_apps_reads(void **state)
{
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	reply = api("GET", NULL, "/apps/%s", talk.token);
	assert_status(reply, 200);
	assert_members(reply, "", "name chat_count");
	reply = api("PATCH", "{\"app\":{\"name\":\"New\"}}", "/apps/%s",
		    talk.token);
	assert_status(reply, 200);
	assert_members(reply, "", "name chat_count");
	reply = api("GET", NULL, "/apps/%s/chats", talk.token);
	assert_status(reply, 200);
	assert_members(reply, "0", "chat_number");
	reply = api("GET", NULL, "/apps/%s/chats/1", talk.token);
	assert_members(reply, "", "chat_number messages_count");
	reply = operator_get("/apps?limit=1");
	assert_status(reply, 200);
	assert_members(reply, "0", "name token chat_count");
}

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

static void check_chat_applications(const char *prefix)
{
	const struct http_reply *reply =
		api("POST", "{\"chat_application\":{\"name\":\"S3\"}}", "%s",
		    prefix);
	char token[TOKEN_SIZE];

	assert_status(reply, 201);
	assert_members(reply, "", "name token chats_count");
	reply_copy(reply, "token", token, sizeof(token));
	assert_location(reply, "%s/%s", prefix, token);
	assert_refused(prefix, "{\"app\":{\"name\":\"x\"}}");
	reply = api("GET", NULL, "%s/%s", prefix, token);
	assert_members(reply, "", "name token chats_count");
	reply = api("POST", NULL, "%s/%s/chats", prefix, token);
	assert_status(reply, 201);
	assert_members(reply, "", "number messages_count");
	assert_int_equal(reply_number(reply, "messages_count"), 0);
	reply = api("POST", "{\"message\":{\"body\":\"hi\"}}",
		    "%s/%s/chats/1/messages", prefix, token);
	assert_status(reply, 201);
	assert_members(reply, "", "number");
}

static void test_chat_applications_creates(void **state)
{
	(void)state;
	check_chat_applications("/chat_applications");
	check_chat_applications("/api/v1/chat_applications");
}

static void test_chat_applications_reads(void **state)
{
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	reply = api("GET", NULL, "/chat_applications/%s/chats", talk.token);
	assert_status(reply, 200);
	assert_members(reply, "0", "number messages_count");
	reply = api("GET", NULL, "/chat_applications/%s/chats/1", talk.token);
	assert_members(reply, "", "number messages_count");
	reply = api("GET", NULL, "/chat_applications/%s/chats/1/messages",
		    talk.token);
	assert_members(reply, "0", "number body");
	reply = api("GET", NULL,
		    "/api/v1/chat_applications/%s/chats/1/messages/search"
		    "?q=hello",
		    talk.token);
	assert_status(reply, 200);
	assert_members(reply, "0", "number body");
	reply = operator_get("/chat_applications?limit=1");
	assert_status(reply, 200);
	assert_members(reply, "0", "name token chats_count");
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
		cmocka_unit_test(test_apps_creates),
		cmocka_unit_test(test_apps_reads),
		cmocka_unit_test(test_apps_messages),
		cmocka_unit_test(test_chat_applications_creates),
		cmocka_unit_test(test_chat_applications_reads),
		cmocka_unit_test(test_keys_in_dialects),
	};

	return cmocka_run_group_tests_name("api_dialects", tests, NULL, NULL);
}
