#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Edits of messages, as a client sees them; test_edit_events.c looks at the way
 * from the row to the index. */

static uint64_t revision(const struct talk *talk)
{
	return store_number("SELECT revision FROM messages "
			    "WHERE application_id = %llu AND number = 1",
			    (unsigned long long)talk->application);
}

static const char *row_text(const struct talk *talk)
{
	return store_text("SELECT body FROM messages "
			  "WHERE application_id = %llu AND number = 1",
			  (unsigned long long)talk->application);
}

static bool outbox_is_empty(void *context)
{
	(void)context;
	return store_number("SELECT COUNT(*) FROM outbox") == 0;
}

struct document {
	const struct talk *talk;
	const char *text;
};

static bool document_is(void *context)
{
	const struct document *wanted = context;
	const char *text = store_document(wanted->talk->application,
					  wanted->talk->chat, 1);

	return text && strcmp(text, wanted->text) == 0;
}

/* ---- what an edit answers ---- */

static const struct http_reply *edit(const struct talk *talk,
				     const char *method, const char *prefix,
				     const char *body)
{
	return api(method, body, "%s/%s/chats/1/messages/1", prefix,
		   talk->token);
}

static void test_every_dialect_in_its_shape(void **state)
{
	static const char *const texts[] = { "first words" };
	static const struct {
		const char *prefix, *members;
	} dialects[] = {
		{ "/applications", "number body created_at updated_at" },
		{ "/apps", "matching_score body message_number" },
		{ "/chat_applications", "number body" },
		{ "/api/v1/chat_applications", "number body" },
	};
	const struct http_reply *reply;
	struct talk talk;
	char body[96], text[32];

	(void)state;
	create_talk(&talk, texts, 1);
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		snprintf(text, sizeof(text), "words %zu", i);
		snprintf(body, sizeof(body), "{\"message\":{\"body\":\"%s\"}}",
			 text);
		reply = edit(&talk, i % 2 ? "PUT" : "PATCH", dialects[i].prefix,
			     body);
		assert_status(reply, 200);
		assert_members(reply, "", dialects[i].members);
		assert_string_equal(reply_text(reply, "body"), text);
		assert_string_equal(row_text(&talk), text);
		assert_int_equal(revision(&talk), 2 + i);
	}
	/* the bare object, too */
	assert_status(edit(&talk, "PATCH", "/apps", "{\"body\":\"bare\"}"),
		      200);
	assert_string_equal(row_text(&talk), "bare");
}

static void test_times(void **state)
{
	static const char *const texts[] = { "first words" };
	const struct http_reply *reply;
	char created[32], updated[32];
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/1",
		    talk.token);
	reply_copy(reply, "created_at", created, sizeof(created));
	assert_string_equal(reply_text(reply, "updated_at"), created);
	reply = edit(&talk, "PATCH", "/applications", "{\"body\":\"later\"}");
	assert_status(reply, 200);
	assert_string_equal(reply_text(reply, "created_at"), created);
	reply_copy(reply, "updated_at", updated, sizeof(updated));
	assert_true(strcmp(updated, created) > 0);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/1",
		    talk.token);
	assert_string_equal(reply_text(reply, "updated_at"), updated);
}

static void test_the_same_text_again(void **state)
{
	static const char *const texts[] = { "as it was" };
	struct talk talk;
	struct document wanted = { &talk, "as it was" };

	(void)state;
	create_talk(&talk, texts, 1);
	for (int i = 0; i < 2; i++)
		assert_status(edit(&talk, "PATCH", "/applications",
				   "{\"message\":{\"body\":\"as it was\"}}"),
			      200);
	assert_string_equal(row_text(&talk), "as it was");
	assert_becomes(outbox_is_empty, NULL, STORED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_true(document_is(&wanted));
	assert_int_equal(store_rows(talk.application), 1);
	assert_int_equal(store_documents(talk.application), 1);
}

/* ---- what is refused changes nothing ---- */

static void test_refused_edits(void **state)
{
	static const char *const texts[] = { "stays as it is" };
	static const struct {
		const char *body;
		long status;
	} refused[] = {
		{ NULL, 400 },
		{ "", 400 },
		{ "{", 400 },
		{ "[]", 400 },
		{ "\"text\"", 400 },
		{ "{}", 400 },
		{ "{\"message\":{}}", 400 },
		{ "{\"message\":\"text\"}", 400 },
		{ "{\"message\":{\"text\":\"x\"}}", 400 },
		{ "{\"message\":{\"body\":\"x\"}} {}", 400 },
		{ "{\"body\":\"x\",\"body\":\"y\"}", 400 },
		{ "{\"body\":\"\\u0000\"}", 400 },
		{ "{\"body\":\"\xff\"}", 400 },
		{ "{\"message\":{\"body\":null}}", 422 },
		{ "{\"message\":{\"body\":7}}", 422 },
		{ "{\"message\":{\"body\":[\"x\"]}}", 422 },
		{ "{\"message\":{\"body\":\"\"}}", 422 },
		{ "{\"message\":{\"body\":\" \\t\\u3000\\n\"}}", 422 },
	};
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		reply = edit(&talk, i % 2 ? "PUT" : "PATCH", "/applications",
			     refused[i].body);
		assert_status(reply, refused[i].status);
		assert_true(http_has_type(reply, "application/problem+json"));
		assert_true(reply_has(reply, "error"));
		assert_int_equal(reply_has(reply, "errors"),
				 reply->status == 422);
	}
	assert_string_equal(row_text(&talk), "stays as it is");
	assert_int_equal(revision(&talk), 1);
	assert_true(outbox_is_empty(NULL));
}

static void test_longest_text(void **state)
{
	static const char *const texts[] = { "short" };
	struct buf body = BUF_INIT;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	for (unsigned length = 65535; length <= 65536; length++) {
		buf_clear(&body);
		buf_append_text(&body, "{\"body\":\"");
		for (unsigned i = 0; i < length; i++)
			buf_append_char(&body, 'x');
		buf_append_text(&body, "\"}");
		assert_status(edit(&talk, "PATCH", "/applications", body.data),
			      length == 65535 ? 200 : 422);
	}
	buf_release(&body);
	assert_int_equal(
		store_number("SELECT LENGTH(body) FROM messages "
			     "WHERE application_id = %llu AND number = 1",
			     (unsigned long long)talk.application),
		65535);
	assert_int_equal(revision(&talk), 2);
}

static void test_another_tenants_message(void **state)
{
	static const char *const texts[] = { "mine" };
	const struct http_reply *reply;
	struct talk mine, theirs;

	(void)state;
	create_talk(&mine, texts, 1);
	create_talk(&theirs, NULL, 0);
	/* the same path, with a token that owns no such message */
	reply = edit(&theirs, "PATCH", "/applications", "{\"body\":\"yours\"}");
	assert_status(reply, 404);
	assert_null(http_header(reply, "Retry-After"));
	reply = api("PATCH", "{\"body\":\"x\"}",
		    "/applications/%032d/chats/1/messages/1", 7);
	assert_status(reply, 404);
	reply = api("PATCH", "{\"body\":\"x\"}",
		    "/applications/%s/chats/1/messages/2", mine.token);
	assert_status(reply, 404);
	assert_null(http_header(reply, "Retry-After"));
	reply = api("PATCH", "{\"body\":\"x\"}",
		    "/applications/%s/chats/2/messages/1", mine.token);
	assert_status(reply, 404);
	assert_string_equal(row_text(&mine), "mine");
	assert_int_equal(revision(&mine), 1);
	assert_true(outbox_is_empty(NULL));
}

/* ---- at the wrong time ---- */

static void test_before_the_row_is_there(void **state)
{
	static const char *const texts[] = { "accepted" };
	const struct http_reply *reply;
	struct talk talk;
	struct document wanted = { &talk, "edited at last" };

	(void)state;
	create_talk(&talk, NULL, 0);
	stack_stop("persister");
	create_message(talk.token, 1, texts[0]);
	reply = edit(&talk, "PATCH", "/applications", "{\"body\":\"early\"}");
	assert_status(reply, 404);
	assert_header(reply, "Retry-After", "1");
	assert_non_null(strstr(reply_text(reply, "detail"), "not stored yet"));
	assert_true(outbox_is_empty(NULL));
	stack_start("persister");
	wanted.text = texts[0];
	assert_becomes(document_is, &wanted, DRAINED_MS);
	assert_string_equal(row_text(&talk), texts[0]);
	wanted.text = "edited at last";
	assert_status(edit(&talk, "PATCH", "/applications",
			   "{\"body\":\"edited at last\"}"),
		      200);
	assert_becomes(document_is, &wanted, STORED_MS);
}

static void test_without_sql(void **state)
{
	static const char *const texts[] = { "as it was" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	stack_stop(sql_service());
	reply = edit(&talk, "PATCH", "/applications", "{\"body\":\"lost\"}");
	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
	stack_start(sql_service());
	assert_string_equal(row_text(&talk), "as it was");
	assert_int_equal(revision(&talk), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_dialect_in_its_shape),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_the_same_text_again),
		cmocka_unit_test(test_refused_edits),
		cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_another_tenants_message),
		cmocka_unit_test_teardown(test_before_the_row_is_there,
					  stack_repair),
		cmocka_unit_test_teardown(test_without_sql, stack_repair),
	};

	return cmocka_run_group_tests_name("api_edits", tests, NULL, NULL);
}
