#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/integration/harness.h"

/* Methods, headers and small routes that all resources share. */

static char token[TOKEN_SIZE];

static bool is_searchable(void *context)
{
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/messages/search?q=first", token);

	(void)context;
	return reply->status == 200 && reply_count(reply, "") == 1;
}

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	assert_int_equal(create_chat(token), 1);
	assert_int_equal(create_message(token, 1, "first"), 1);
	return wait_until(is_searchable, NULL, STORED_MS) ? 0 : -1;
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

/* All that GET has. @ is the token. */
static const char *const shown[] = {
	"/up",
	"/ready",
	"/applications/@",
	"/applications/@/message_count",
	"/applications/@/chats",
	"/applications/@/chats/1",
	"/applications/@/chats/1/message_count",
	"/applications/@/chats/1/messages",
	"/applications/@/chats/1/messages/1",
	"/applications/@/chats/1/messages/search?q=first",
	"/applications/@/messages/search?q=first",
	"/apps/@",
	"/apps/@/chats",
	"/apps/@/chats/1",
	"/apps/@/chats/1/messages",
	"/chat_applications/@",
	"/chat_applications/@/chats/1/messages",
	"/api/v1/chat_applications/@/chats",
	/* what only the operator sees, seen by nobody */
	"/applications",
	"/chats",
	"/messages",
	"/messages/search?q=first",
	/* and what is not there */
	"/nothing",
	"/applications/@/chats/77",
	"/applications/@/chats/1/messages/77",
	"/jobs/made-up",
};

/* With `tail` behind its path. */
static const char *path_of(const char *form, const char *tail)
{
	static char path[256];
	struct buf buf = BUF_INIT;
	size_t length = strcspn(form, "?");

	for (size_t i = 0; i < length; i++)
		if (form[i] == '@')
			buf_append_text(&buf, token);
		else
			buf_append_char(&buf, form[i]);
	buf_printf(&buf, "%s%s", tail, form + length);
	assert_true(buf.length < sizeof(path));
	memcpy(path, buf.data, buf.length + 1);
	buf_release(&buf);
	return path;
}

/* But for what differs from answer to answer. */
static void copy_headers(const struct http_reply *reply, struct buf *out)
{
	for (const char *at = reply->head; *at; at += strcspn(at, "\n") + 1) {
		size_t length = strcspn(at, "\n");

		if (strncasecmp(at, "Date:", 5) != 0 &&
		    strncasecmp(at, "X-Request-Id:", 13) != 0)
			buf_append(out, at, length);
		if (!at[length])
			break;
	}
}

static void test_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		struct buf get = BUF_INIT, head = BUF_INIT;
		const char *path = path_of(shown[i], "");
		const struct http_reply *reply = api("GET", NULL, "%s", path);

		assert_true(reply->length > 0);
		copy_headers(reply, &get);
		reply = api("HEAD", NULL, "%s", path);
		assert_int_equal(reply->length, 0);
		copy_headers(reply, &head);
		assert_string_equal(head.data, get.data);
		buf_release(&get);
		buf_release(&head);
	}
}

/* On every answer: the client's, or one of ours. */
static void test_request_id_everywhere(void **state)
{
	static const char *const methods[] = { "GET",	  "HEAD", "POST",
					       "DELETE",  "PUT",  "PATCH",
					       "OPTIONS", "BREW" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		for (size_t j = 0; j < COUNT_OF(methods); j++) {
			const char *path = path_of(shown[i], "");
			const struct http_reply *reply =
				api_with("X-Request-Id: mine", methods[j], NULL,
					 "%s", path);

			assert_header(reply, "X-Request-Id", "mine");
			if (reply->status == 405)
				assert_non_null(http_header(reply, "Allow"));
			reply = api(methods[j], NULL, "%s", path);
			assert_non_null(http_header(reply, "X-Request-Id"));
		}
	}
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
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		long status =
			api("GET", NULL, "%s", path_of(shown[i], ""))->status;

		assert_status(api("GET", NULL, "%s", path_of(shown[i], "/")),
			      status);
		assert_status(
			api("OPTIONS", NULL, "%s", path_of(shown[i], "/")),
			status == 404 && !strstr(shown[i], "77") &&
					!strstr(shown[i], "jobs")
				? 404
				: 204);
	}
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
		cmocka_unit_test(test_request_id_everywhere),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_options_and_allow),
		cmocka_unit_test(test_trailing_slash),
		cmocka_unit_test(test_content_types),
		cmocka_unit_test(test_up_and_ready),
		cmocka_unit_test(test_metrics),
	};

	return cmocka_run_group_tests_name("api_headers", tests, prepare, NULL);
}
