#include <string.h>

#include "tests/integration/harness.h"

/* The ingest role serves the two creates, and little else. */

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

static void test_creates(void **state)
{
	const struct http_reply *reply =
		ingest("POST", NULL, "/applications/%s/chats", token);

	(void)state;
	assert_status(reply, 202);
	assert_members(reply, "", "number job_id");
	assert_int_equal(reply_number(reply, "number"), 2);
	assert_location(reply, "/applications/%s/chats/2", token);
	reply = ingest("POST", "{\"message\":{\"body\":\"fast\"}}",
		       "/applications/%s/chats/2/messages", token);
	assert_status(reply, 202);
	assert_int_equal(reply_number(reply, "number"), 1);
	/* and the two processes count together */
	assert_int_equal(create_message(token, 2, "next"), 2);
}

static void test_creates_of_dialects(void **state)
{
	const struct http_reply *reply =
		ingest("POST", NULL, "/apps/%s/chats", token);

	(void)state;
	assert_status(reply, 200);
	assert_members(reply, "", "chat_number");
	reply = ingest("POST", "{\"body\":\"x\"}",
		       "/api/v1/chat_applications/%s/chats/1/messages", token);
	assert_status(reply, 201);
	assert_members(reply, "", "number");
}

static void test_its_other_routes(void **state)
{
	(void)state;
	assert_status(ingest("GET", NULL, "/up"), 200);
	assert_status(ingest("GET", NULL, "/ready"), 200);
	assert_status(ingest("GET", NULL, "/metrics"), 200);
}

static void test_the_rest_is_not_there(void **state)
{
	(void)state;
	assert_status(ingest("POST", "{\"name\":\"x\"}", "/applications"), 404);
	assert_status(ingest("GET", NULL, "/applications"), 404);
	assert_status(ingest("GET", NULL, "/applications/%s", token), 404);
	assert_status(ingest("GET", NULL, "/applications/%s/chats/1", token),
		      404);
	assert_status(ingest("GET", NULL, "/jobs/x"), 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_creates),
		cmocka_unit_test(test_creates_of_dialects),
		cmocka_unit_test(test_its_other_routes),
		cmocka_unit_test(test_the_rest_is_not_there),
	};

	return cmocka_run_group_tests_name("api_ingest", tests, prepare, NULL);
}
