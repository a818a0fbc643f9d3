#include <stdio.h>
#include <string.h>

#include "tests/integration/forms.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Chats under every prefix. */

struct awaited {
	uint64_t application, chats;
};

static bool chats_are_stored(void *context)
{
	const struct awaited *awaited = context;

	return store_chats(awaited->application) == awaited->chats;
}

/* One application; each prefix adds a chat and sees all of them. */
static void test_every_prefix(void **state)
{
	const struct http_reply *reply;
	char token[TOKEN_SIZE], member[64];
	struct awaited awaited = { .chats = 0 };

	(void)state;
	create_application(token);
	awaited.application = store_application(token);
	for (unsigned i = 0; i < FORMS; i++) {
		const struct form *form = &forms[i];

		reply = api("POST", NULL, "%s/%s/chats", form->prefix, token);
		assert_status(reply, form->create_status);
		assert_members(reply, "", form->chat_created);
		assert_int_equal(reply_number(reply, form->chat_number), i + 1);
		assert_location(reply, "%s/%s/chats/%u", form->prefix, token,
				i + 1);
		awaited.chats++;
		assert_becomes(chats_are_stored, &awaited, STORED_MS);
		reply = api("GET", NULL, "%s/%s/chats", form->prefix, token);
		assert_status(reply, 200);
		assert_int_equal(reply_count(reply, ""), i + 1);
		assert_members(reply, "0", form->chat_listed);
		snprintf(member, sizeof(member), "%u.%s", i, form->chat_number);
		assert_int_equal(reply_number(reply, member), i + 1);
		reply = api("GET", NULL, "%s/%s/chats/%u", form->prefix, token,
			    i + 1);
		assert_status(reply, 200);
		assert_members(reply, "", form->chat);
		assert_int_equal(reply_number(reply, form->chat_number), i + 1);
		assert_int_equal(reply_number(reply, "messages_count"), 0);
		reply = api("GET", NULL, "%s/%s/chats/%u/message_count",
			    form->prefix, token, i + 1);
		assert_status(reply, 200);
		assert_members(reply, "", "message_count");
		assert_int_equal(reply_number(reply, "message_count"), 0);
	}
}

static void test_body_is_optional(void **state)
{
	static const char *const bodies[] = { NULL, "", "{}",
					      "{\"chat\":{\"name\":\"x\"}}" };
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	for (unsigned i = 0; i < COUNT_OF(bodies); i++) {
		const struct http_reply *reply =
			api("POST", bodies[i], "/applications/%s/chats", token);

		assert_status(reply, 202);
		assert_int_equal(reply_number(reply, "number"), i + 1);
	}
}

static void test_numbers_begin_anew_in_each_application(void **state)
{
	char one[TOKEN_SIZE], two[TOKEN_SIZE];

	(void)state;
	create_application(one);
	create_application(two);
	for (unsigned number = 1; number <= 3; number++) {
		assert_int_equal(create_chat(one), number);
		assert_int_equal(create_chat(two), number);
	}
}

static bool counts_are_there(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1", talk->token);
	bool shown = reply_number(reply, "messages_count") == 2;

	reply = api("GET", NULL, "/applications/%s/chats", talk->token);
	return shown && reply_number(reply, "0.messages_count") == 2;
}

static void test_counts(void **state)
{
	static const char *const texts[] = { "one", "two" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 2);
	assert_becomes(counts_are_there, &talk, COUNTED_MS);
	for (unsigned i = 0; i < FORMS; i++) {
		reply = api("GET", NULL, "%s/%s/chats/1/message_count",
			    forms[i].prefix, talk.token);
		assert_int_equal(reply_number(reply, "message_count"), 2);
		reply = api("GET", NULL, "%s/%s/chats/1", forms[i].prefix,
			    talk.token);
		assert_int_equal(reply_number(reply, "messages_count"), 2);
	}
	reply = api("GET", NULL, "/applications/%s/chats/1", talk.token);
	assert_time(reply_text(reply, "created_at"));
}

/* ---- chats that are not there ---- */

static void assert_missing(const struct http_reply *reply)
{
	assert_status(reply, 404);
	assert_null(http_header(reply, "Retry-After"));
	assert_true(http_has_type(reply, "application/problem+json"));
}

/* Of this application, or of another one. */
static void test_unknown(void **state)
{
	static const char *const paths[] = { "", "/message_count", "/messages",
					     "/messages/1",
					     "/messages/search?q=x" };
	static const char *const numbers[] = { "2",  "9007199254740992",
					       "0",  "-1",
					       "01", "x" };
	char token[TOKEN_SIZE], other[TOKEN_SIZE];

	(void)state;
	create_application(token);
	create_application(other);
	create_chat(token);
	create_chat(other);
	create_chat(other);
	for (size_t n = 0; n < COUNT_OF(numbers); n++)
		for (size_t p = 0; p < COUNT_OF(paths); p++)
			for (size_t i = 0; i < FORMS; i++)
				assert_missing(api("GET", NULL,
						   "%s/%s/chats/%s%s",
						   forms[i].prefix, token,
						   numbers[n], paths[p]));
}

static bool chat_is_shown(void *context)
{
	return api("GET", NULL, "/applications/%s/chats/1",
		   (const char *)context)
		       ->status == 200;
}

static void assert_empty(const struct http_reply *reply)
{
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 0);
}

static void check_promised(const char *prefix, const char *token)
{
	const struct http_reply *reply =
		api("GET", NULL, "%s/%s/chats/1", prefix, token);

	assert_status(reply, 404);
	assert_header(reply, "Retry-After", "1");
	assert_string_equal(reply_text(reply, "detail"),
			    "The chat is accepted but not stored yet.");
	assert_empty(api("GET", NULL, "%s/%s/chats", prefix, token));
	assert_empty(api("GET", NULL, "%s/%s/chats/1/messages", prefix, token));
	assert_empty(api("GET", NULL, "%s/%s/chats/1/messages/search?q=x",
			 prefix, token));
	reply = api("GET", NULL, "%s/%s/chats/1/message_count", prefix, token);
	assert_status(reply, 200);
	assert_int_equal(reply_number(reply, "message_count"), 0);
	/* the next number is not promised */
	assert_missing(api("GET", NULL, "%s/%s/chats/2", prefix, token));
	assert_missing(
		api("GET", NULL, "%s/%s/chats/2/messages", prefix, token));
}

static void test_promised_but_not_stored(void **state)
{
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	stack_stop("persister");
	assert_int_equal(create_chat(token), 1);
	for (size_t i = 0; i < FORMS; i++)
		check_promised(forms[i].prefix, token);
	assert_int_equal(create_message(token, 1, "at once"), 1);
	stack_start("persister");
	assert_becomes(chat_is_shown, token, STORED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_body_is_optional),
		cmocka_unit_test(test_numbers_begin_anew_in_each_application),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test_teardown(test_promised_but_not_stored,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("api_chats", tests, NULL, NULL);
}
