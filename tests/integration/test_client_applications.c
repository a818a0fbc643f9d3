#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/shapes.h"
#include "tests/integration/stores.h"

/*
 * A client that was written for one of the two systems whose paths begin with
 * /applications: each endpoint of their documentation, in its order, with the
 * answer that they print and what Confab adds. The script that one of them ends
 * with is in test_walk.c.
 */

#define APPLICATION                                                            \
	"token:token name:text chats_count:count messages_count:count "        \
	"created_at:time updated_at:time"
#define ACCEPTED "number:count job_id:job"
#define CHAT "number:count messages_count:count created_at:time"
#define MESSAGE "number:count body:text created_at:time updated_at:time"
#define HIT "number:count body:text created_at:time score:score"

static char token[TOKEN_SIZE];

/* ---- applications ---- */

static void test_create_application(void **state)
{
	const struct http_reply *reply =
		api("POST", "{\"application\": {\"name\": \"My App\"}}",
		    "/applications");

	(void)state;
	assert_status(reply, 201);
	assert_shape(reply, "", APPLICATION);
	assert_string_equal(reply_text(reply, "name"), "My App");
	assert_int_equal(reply_number(reply, "chats_count"), 0);
	reply_copy(reply, "token", token, sizeof(token));
}

static void test_get_application(void **state)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", APPLICATION);
	assert_string_equal(reply_text(reply, "token"), token);
	assert_string_equal(reply_text(reply, "name"), "My App");
}

static void test_update_application(void **state)
{
	const struct http_reply *reply =
		api("PATCH", "{\"application\": {\"name\": \"Updated Name\"}}",
		    "/applications/%s", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", APPLICATION);
	assert_string_equal(reply_text(reply, "name"), "Updated Name");
}

/* ---- chats ---- */

static void test_create_chats(void **state)
{
	const struct http_reply *reply;

	(void)state;
	for (unsigned number = 1; number <= 2; number++) {
		reply = api("POST", NULL, "/applications/%s/chats", token);
		assert_status(reply, 202);
		assert_shape(reply, "", ACCEPTED);
		assert_int_equal(reply_number(reply, "number"), number);
	}
}

static bool chats_are_stored(void *context)
{
	return store_chats(store_application(context)) == 2;
}

static void test_list_chats(void **state)
{
	const struct http_reply *reply;

	(void)state;
	assert_becomes(chats_are_stored, token, STORED_MS);
	reply = api("GET", NULL, "/applications/%s/chats", token);
	assert_status(reply, 200);
	assert_shapes(reply, 2, CHAT);
	assert_int_equal(reply_number(reply, "0.number"), 1);
	assert_int_equal(reply_number(reply, "1.number"), 2);
}

static void test_get_chat(void **state)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", CHAT);
	assert_int_equal(reply_number(reply, "number"), 1);
	assert_int_equal(reply_number(reply, "messages_count"), 0);
}

/* ---- messages ---- */

static void test_create_messages(void **state)
{
	static const char *const bodies[] = { "Hello, world!", "How are you?",
					      "Hello again!" };
	const struct http_reply *reply;
	char body[128];

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(bodies); i++) {
		snprintf(body, sizeof(body),
			 "{\"message\": {\"body\": \"%s\"}}", bodies[i]);
		reply = api("POST", body, "/applications/%s/chats/1/messages",
			    token);
		assert_status(reply, 202);
		assert_shape(reply, "", ACCEPTED);
		assert_int_equal(reply_number(reply, "number"), i + 1);
	}
}

static bool messages_are_indexed(void *context)
{
	uint64_t application = store_application(context);

	return store_rows(application) == 3 &&
	       store_documents(application) == 3;
}

static void test_list_messages(void **state)
{
	const struct http_reply *reply;

	(void)state;
	assert_becomes(messages_are_indexed, token, STORED_MS);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages", token);
	assert_status(reply, 200);
	assert_shapes(reply, 3, MESSAGE);
	assert_string_equal(reply_text(reply, "0.body"), "Hello, world!");
	assert_string_equal(reply_text(reply, "1.body"), "How are you?");
}

static void test_get_message(void **state)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1/messages/1", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", MESSAGE);
	assert_int_equal(reply_number(reply, "number"), 1);
	assert_string_equal(reply_text(reply, "body"), "Hello, world!");
}

static void test_search_messages(void **state)
{
	static const char *const queries[] = { "hello", "hel", "Hello" };
	const struct http_reply *reply;
	uint64_t first, second;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		reply = api("GET", NULL,
			    "/applications/%s/chats/1/messages/search?q=%s",
			    token, queries[i]);
		assert_status(reply, 200);
		assert_shapes(reply, 2, HIT);
		first = reply_number(reply, "0.number");
		second = reply_number(reply, "1.number");
		assert_int_equal(first + second, 1 + 3);
		assert_int_equal(first * second, 1 * 3);
	}
}

static void test_update_message(void **state)
{
	const struct http_reply *reply = api(
		"PATCH", "{\"message\": {\"body\": \"Updated message text\"}}",
		"/applications/%s/chats/1/messages/1", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", MESSAGE);
	assert_int_equal(reply_number(reply, "number"), 1);
	assert_string_equal(reply_text(reply, "body"), "Updated message text");
}

/* ---- counts ---- */

static uint64_t count_of(const char *path)
{
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s%s/message_count", token, path);

	assert_status(reply, 200);
	assert_shape(reply, "", "message_count:count");
	return reply_number(reply, "message_count");
}

static bool all_is_counted(void *context)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s", (const char *)context);

	assert_shape(reply, "", APPLICATION);
	return reply_number(reply, "chats_count") == 2 &&
	       reply_number(reply, "messages_count") == 3 &&
	       count_of("") == 3 && count_of("/chats/1") == 3 &&
	       count_of("/chats/2") == 0;
}

static void test_message_counts(void **state)
{
	(void)state;
	assert_becomes(all_is_counted, token, COUNTED_MS);
}

int main(void)
{
	/* each goes on from the one before */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_application),
		cmocka_unit_test(test_get_application),
		cmocka_unit_test(test_update_application),
		cmocka_unit_test(test_create_chats),
		cmocka_unit_test(test_list_chats),
		cmocka_unit_test(test_get_chat),
		cmocka_unit_test(test_create_messages),
		cmocka_unit_test(test_list_messages),
		cmocka_unit_test(test_get_message),
		cmocka_unit_test(test_search_messages),
		cmocka_unit_test(test_update_message),
		cmocka_unit_test(test_message_counts),
	};

	return cmocka_run_group_tests_name("client_applications", tests, NULL,
					   NULL);
}
