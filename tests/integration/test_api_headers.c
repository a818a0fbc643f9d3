#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"

/* Methods, headers and small routes that all resources share. */

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

static void test_request_id(void **state)
{
	const struct http_reply *reply;
	char first[128];

	(void)state;
	reply = api_with("X-Request-Id: abc-123", "GET", NULL, "/up");
	assert_header(reply, "X-Request-Id", "abc-123");
	reply = api("GET", NULL, "/up");
	assert_non_null(http_header(reply, "X-Request-Id"));
	strncpy(first, http_header(reply, "X-Request-Id"), sizeof(first) - 1);
	reply = api("GET", NULL, "/up");
	assert_string_not_equal(http_header(reply, "X-Request-Id"), first);
}

static void test_request_id_that_is_not_sane(void **state)
{
	static const char *const ids[] = { "X-Request-Id: a b",
					   "X-Request-Id: \x1b[31m",
					   "X-Request-Id: \"quoted\"<script>" };
	char longest[600] = "X-Request-Id: ";
	const char *id;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		id = http_header(api_with(ids[i], "GET", NULL, "/up"),
				 "X-Request-Id");
		assert_non_null(id);
		assert_string_not_equal(id, ids[i] + strlen("X-Request-Id: "));
	}
	memset(longest + strlen(longest), 'x', 500);
	id = http_header(api_with(longest, "GET", NULL, "/up"), "X-Request-Id");
	assert_non_null(id);
	assert_true(strlen(id) < 500);
}

static void test_head(void **state)
{
	static const char *const paths[] = { "/up", "/ready", "" };
	const struct http_reply *reply;
	char length[32];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		reply = api("HEAD", NULL, "%s%s",
			    *paths[i] ? paths[i] : "/applications/",
			    *paths[i] ? "" : token);
		assert_status(reply, 200);
		assert_int_equal(reply->length, 0);
	}
	strncpy(length, http_header(reply, "Content-Length"),
		sizeof(length) - 1);
	reply = api("GET", NULL, "/applications/%s", token);
	assert_int_equal(reply->length, strtoul(length, NULL, 10));
	assert_status(api("HEAD", NULL, "/nonsense"), 404);
}

static void assert_allows(const struct http_reply *reply, long status,
			  const char *methods)
{
	const char *allow;

	assert_status(reply, status);
	allow = http_header(reply, "Allow");
	assert_non_null(allow);
	while (*methods) {
		char method[16];
		size_t length = strcspn(methods, " ");

		memcpy(method, methods, length);
		method[length] = '\0';
		if (!strstr(allow, method))
			fail_msg("%s is not in Allow: %s", method, allow);
		methods += length + (methods[length] == ' ');
	}
}

static void test_options_and_allow(void **state)
{
	(void)state;
	assert_allows(api("OPTIONS", NULL, "/applications/%s", token), 204,
		      "GET HEAD PATCH PUT OPTIONS");
	assert_allows(api("OPTIONS", NULL, "/applications/%s/chats", token),
		      204, "GET HEAD POST OPTIONS");
	assert_allows(
		api("DELETE", NULL, "/applications/%s/chats/1/messages", token),
		405, "GET HEAD POST OPTIONS");
	assert_allows(api("POST", "{}", "/up"), 405, "GET HEAD OPTIONS");
}

static void test_trailing_slash(void **state)
{
	const struct http_reply *reply;

	(void)state;
	assert_status(api("GET", NULL, "/up/"), 200);
	assert_status(api("GET", NULL, "/applications/%s/", token), 200);
	assert_status(api("GET", NULL, "/applications/%s/chats/", token), 200);
	reply = api("POST", "{\"name\":\"x\"}", "/applications/");
	assert_status(reply, 201);
	assert_null(strstr(http_header(reply, "Location"), "//"));
}

static void test_content_types(void **state)
{
	(void)state;
	assert_true(http_has_type(api("GET", NULL, "/applications/%s", token),
				  "application/json"));
	assert_true(
		http_has_type(api("GET", NULL, "/applications/%s/chats", token),
			      "application/json"));
	assert_true(http_has_type(api("GET", NULL, "/nonsense"),
				  "application/problem+json"));
}

static void test_up_and_ready(void **state)
{
	const struct http_reply *reply;

	(void)state;
	assert_status(api("GET", NULL, "/up"), 200);
	reply = api("GET", NULL, "/ready");
	assert_status(reply, 200);
	assert_members(reply, "dependencies",
		       "mysql redis rabbitmq elasticsearch");
	assert_string_equal(reply_text(reply, "status"), "ok");
}

static void test_metrics(void **state)
{
	const struct http_reply *reply = api("GET", NULL, "/metrics");

	(void)state;
	assert_status(reply, 200);
	assert_true(http_has_type(reply, "text/plain"));
	assert_non_null(strstr(reply->body, "confab_events_accepted_total{"));
	assert_non_null(strstr(reply->body, "confab_dead_letters_total"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_id),
		cmocka_unit_test(test_request_id_that_is_not_sane),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_options_and_allow),
		cmocka_unit_test(test_trailing_slash),
		cmocka_unit_test(test_content_types),
		cmocka_unit_test(test_up_and_ready),
		cmocka_unit_test(test_metrics),
	};

	return cmocka_run_group_tests_name("api_headers", tests, prepare, NULL);
}
