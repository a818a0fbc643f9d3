#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/forms.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Messages under every prefix: creating and reading; test_api_edits.c has the
 * changes. */

struct awaited {
	uint64_t application, rows;
};

static bool rows_are_stored(void *context)
{
	const struct awaited *awaited = context;

	return store_rows(awaited->application) == awaited->rows;
}

static void assert_message(const struct http_reply *reply, const char *path,
			   const struct form *form, unsigned number,
			   const char *text)
{
	const char *dot = *path ? "." : "";
	char member[64];

	assert_status(reply, 200);
	assert_members(reply, path, form->message);
	snprintf(member, sizeof(member), "%s%s%s", path, dot,
		 form->message_number);
	assert_int_equal(reply_number(reply, member), number);
	snprintf(member, sizeof(member), "%s%sbody", path, dot);
	assert_string_equal(reply_text(reply, member), text);
}

/* One chat; each prefix adds a message and sees all of them. */
static void test_every_prefix(void **state)
{
	const struct http_reply *reply;
	char body[64], text[32], path[8];
	struct awaited awaited = { .rows = 0 };
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	awaited.application = talk.application;
	for (unsigned i = 0; i < FORMS; i++) {
		const struct form *form = &forms[i];

		snprintf(text, sizeof(text), "text %u", i + 1);
		snprintf(body, sizeof(body), "{\"message\":{\"body\":\"%s\"}}",
			 text);
		reply = api("POST", body, "%s/%s/chats/1/messages",
			    form->prefix, talk.token);
		assert_status(reply, form->create_status);
		assert_members(reply, "", form->message_created);
		assert_int_equal(reply_number(reply, form->message_number),
				 i + 1);
		assert_location(reply, "%s/%s/chats/1/messages/%u",
				form->prefix, talk.token, i + 1);
		awaited.rows++;
		assert_becomes(rows_are_stored, &awaited, STORED_MS);
		reply = api("GET", NULL, "%s/%s/chats/1/messages", form->prefix,
			    talk.token);
		assert_int_equal(reply_count(reply, ""), i + 1);
		snprintf(path, sizeof(path), "%u", i);
		assert_message(reply, "0", form, 1, "text 1");
		assert_message(reply, path, form, i + 1, text);
		reply = api("GET", NULL, "%s/%s/chats/1/messages/%u",
			    form->prefix, talk.token, i + 1);
		assert_message(reply, "", form, i + 1, text);
	}
}

static void test_times(void **state)
{
	static const char *const texts[] = { "one" };
	const struct http_reply *reply;
	char created[64];
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/1",
		    talk.token);
	reply_copy(reply, "created_at", created, sizeof(created));
	assert_time(created);
	assert_string_equal(reply_text(reply, "updated_at"), created);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages",
		    talk.token);
	assert_string_equal(reply_text(reply, "0.created_at"), created);
	assert_string_equal(reply_text(reply, "0.updated_at"), created);
}

static void test_chats_count_apart(void **state)
{
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	for (unsigned chat = 1; chat <= 2; chat++)
		assert_int_equal(create_chat(token), chat);
	for (unsigned number = 1; number <= 3; number++)
		for (unsigned chat = 1; chat <= 2; chat++)
			assert_int_equal(create_message(token, chat, "text"),
					 number);
}

/* What was sent comes back, byte by byte. */
static void test_texts(void **state)
{
	static const char *const texts[] = {
		"x",
		" blanks \n around\t",
		"\"quotes\" \\ and / slashes",
		"\x01\x02\x1f\x7f",
		"Caf\xc3\xa9 \xd0\x9c\xd0\xb8\xd1\x80 \xe6\x97\xa5\xe6\x9c\xac",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
		"e\xcc\x81 is not \xc3\xa9",
		"'; DROP TABLE messages; --",
		"{\"message\":{\"body\":\"x\"}}",
		"\xef\xbf\xbf and \xe2\x80\xa8",
	};
	char path[16];
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, COUNT_OF(texts));
	for (unsigned i = 0; i < COUNT_OF(texts); i++) {
		snprintf(path, sizeof(path), "%u", i);
		assert_message(api("GET", NULL,
				   "/applications/%s/chats/1/messages",
				   talk.token),
			       path, &forms[0], i + 1, texts[i]);
		assert_message(api("GET", NULL,
				   "/applications/%s/chats/1/messages/%u",
				   talk.token, i + 1),
			       "", &forms[0], i + 1, texts[i]);
	}
}

static void test_longest_text(void **state)
{
	struct awaited awaited = { .rows = 2 };
	char *text = malloc(65536);
	struct talk talk;

	(void)state;
	assert_non_null(text);
	create_talk(&talk, NULL, 0);
	awaited.application = talk.application;
	for (unsigned i = 0; i < 2; i++) {
		/* the second one takes six bytes for each on the wire */
		memset(text, i == 0 ? 'x' : '\x01', 65535);
		text[65535] = '\0';
		assert_int_equal(create_message(talk.token, 1, text), i + 1);
	}
	assert_becomes(rows_are_stored, &awaited, STORED_MS);
	assert_message(api("GET", NULL, "/applications/%s/chats/1/messages/2",
			   talk.token),
		       "", &forms[0], 2, text);
	free(text);
}

/* ---- messages that are not there ---- */

static void assert_missing(const struct http_reply *reply)
{
	assert_status(reply, 404);
	assert_null(http_header(reply, "Retry-After"));
	assert_true(http_has_type(reply, "application/problem+json"));
}

/* Another tenant has what this one has not. */
static void test_unknown(void **state)
{
	static const char *const texts[] = { "one", "two" };
	static const char *const paths[] = {
		"chats/1/messages/2",  "chats/2/messages/1",
		"chats/1/messages/0",  "chats/1/messages/-1",
		"chats/1/messages/x",  "chats/1/messages/9007199254740993",
		"chats/1/messages/1/x"
	};
	struct talk talk, other;

	(void)state;
	create_talk(&talk, texts, 1);
	create_talk(&other, texts, 2);
	assert_int_equal(create_chat(other.token), 2);
	for (size_t p = 0; p < COUNT_OF(paths); p++)
		for (size_t i = 0; i < FORMS; i++)
			assert_missing(api("GET", NULL, "%s/%s/%s",
					   forms[i].prefix, talk.token,
					   paths[p]));
	assert_missing(api("POST", "{\"body\":\"x\"}",
			   "/applications/%s/chats/2/messages", talk.token));
}

static bool message_is_shown(void *context)
{
	return api("GET", NULL, "/applications/%s/chats/1/messages/1",
		   ((struct talk *)context)->token)
		       ->status == 200;
}

static void check_promised(const char *prefix, const char *token)
{
	const struct http_reply *reply =
		api("GET", NULL, "%s/%s/chats/1/messages/1", prefix, token);

	assert_status(reply, 404);
	assert_header(reply, "Retry-After", "1");
	assert_string_equal(reply_text(reply, "detail"),
			    "The message is accepted but not stored yet.");
	reply = api("GET", NULL, "%s/%s/chats/1/messages", prefix, token);
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 0);
	reply = api("GET", NULL, "%s/%s/chats/1/message_count", prefix, token);
	assert_status(reply, 200);
	assert_int_equal(reply_number(reply, "message_count"), 0);
	/* the next number is not promised */
	assert_missing(
		api("GET", NULL, "%s/%s/chats/1/messages/2", prefix, token));
}

static void test_promised_but_not_stored(void **state)
{
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	stack_stop("persister");
	assert_int_equal(create_message(talk.token, talk.chat, "soon"), 1);
	for (size_t i = 0; i < FORMS; i++)
		check_promised(forms[i].prefix, talk.token);
	stack_start("persister");
	assert_becomes(message_is_shown, &talk, STORED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_chats_count_apart),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test_teardown(test_promised_but_not_stored,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("api_messages", tests, NULL, NULL);
}
