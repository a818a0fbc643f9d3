#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* The way of one message through the whole product. */

/* ---- the walk-through that clients know, as they have it ---- */

/* Runs example_usage.txt against the test API; `edit` is a further sed
 * command. Returns what it printed. */
static const char *run_example(const char *edit)
{
	static struct buf output = BUF_INIT;
	char script[1024];
	const char *const argv[] = { "bash", "-c", script, NULL };
	const char *port = strrchr(setting("CONFAB_API_URL"), ':') + 1;

	snprintf(script, sizeof(script),
		 "sed -e 's/localhost:3000/localhost:%s/; %s' "
		 "tests/integration/example_usage.txt | bash 2>/dev/null",
		 port, edit);
	buf_clear(&output);
	assert_int_equal(process_run(argv, &output), 0);
	return output.data;
}

static const char *value_of(const char *output, const char *label)
{
	static char value[64];
	const char *at = strstr(output, label);

	if (at) {
		at += strlen(label);
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\n"),
			 at);
		return value;
	}
	fail_msg("\"%s\" is not in:\n%s", label, output);
	return "";
}

static bool found_by_search(void *context)
{
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages/search?q=Hello",
		(const char *)context);

	assert_status(reply, 200);
	return reply_count(reply, "") == 1 &&
	       strcmp(reply_text(reply, "0.body"), "Hello from the API!") == 0;
}

static bool listed(void *context)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1/messages",
		    (const char *)context);

	assert_status(reply, 200);
	return reply_count(reply, "") == 1 &&
	       strcmp(reply_text(reply, "0.body"), "Hello from the API!") == 0;
}

static void check_example(const char *output, char token_r[TOKEN_SIZE])
{
	assert_string_equal(value_of(output, "Chat number: "), "1");
	assert_string_equal(value_of(output, "Message number: "), "1");
	snprintf(token_r, TOKEN_SIZE, "%s",
		 value_of(output, "Application token: "));
	assert_int_equal(strlen(token_r), TOKEN_SIZE - 1);
	assert_becomes(listed, token_r, STORED_MS);
	assert_becomes(found_by_search, token_r, STORED_MS);
}

static void test_example_as_written(void **state)
{
	const char *output = run_example("");
	char token[TOKEN_SIZE];

	(void)state;
	/* the search and the list at its end show the message */
	assert_non_null(strstr(strstr(output, "Hello from the API!") + 1,
			       "Hello from the API!"));
	check_example(output, token);
}

static void test_example_without_its_sleeps(void **state)
{
	char token[TOKEN_SIZE];

	(void)state;
	check_example(run_example("/^sleep/d"), token);
}

/* ---- search ---- */

static void test_search_shapes(void **state)
{
	static const char *const texts[] = { "one apple", "two apples" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 2);
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=app",
		    talk.token);
	assert_status(reply, 200);
	assert_header(reply, "X-Search-Engine", "elasticsearch");
	assert_int_equal(reply_count(reply, ""), 2);
	assert_members(reply, "0", "number body created_at score");
	reply = api("GET", NULL, "/applications/%s/messages/search?q=apple",
		    talk.token);
	assert_status(reply, 200);
	assert_members(reply, "0", "chat_number number body created_at score");
	assert_int_equal(reply_number(reply, "0.number"), 1);
}

/* ---- an edit ---- */

static bool edit_is_searchable(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages/search?q=after",
		talk->token);

	assert_status(reply, 200);
	return reply_count(reply, "") == 1;
}

static void test_edit(void **state)
{
	static const char *const texts[] = { "before the edit" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	reply = api("PATCH", "{\"message\":{\"body\":\"after the edit\"}}",
		    "/applications/%s/chats/1/messages/1", talk.token);
	assert_status(reply, 200);
	assert_members(reply, "", "number body created_at updated_at");
	assert_string_equal(reply_text(reply, "body"), "after the edit");
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/1",
		    talk.token);
	assert_string_equal(reply_text(reply, "body"), "after the edit");
	assert_becomes(edit_is_searchable, &talk, STORED_MS);
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=before",
		    talk.token);
	assert_int_equal(reply_count(reply, ""), 0);
	assert_int_equal(store_rows(talk.application), 1);
}

/* ---- in time ---- */

static bool counted(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s", talk->token);

	return reply_number(reply, "chats_count") == 1 &&
	       reply_number(reply, "messages_count") == 3 &&
	       store_counts_are_right(talk->application);
}

/* create_talk() holds the bound for rows and documents. */
static void test_stored_searchable_and_counted_in_time(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 3);
	assert_becomes(counted, &talk, COUNTED_MS);
	reply = api("GET", NULL, "/applications/%s/chats/1", talk.token);
	assert_int_equal(reply_number(reply, "messages_count"), 3);
	reply = api("GET", NULL, "/applications/%s/chats/1/message_count",
		    talk.token);
	assert_int_equal(reply_number(reply, "message_count"), 3);
	reply = api("GET", NULL, "/applications/%s/message_count", talk.token);
	assert_int_equal(reply_number(reply, "message_count"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_as_written),
		cmocka_unit_test(test_example_without_its_sleeps),
		cmocka_unit_test(test_search_shapes),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_stored_searchable_and_counted_in_time),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
