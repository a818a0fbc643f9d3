#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Prefer: wait=N holds the answer of a create until the row is stored. Many
 * who wait at once: test_waiters.c. */

#define MESSAGE "number body created_at updated_at job_id"
#define CHAT "number messages_count created_at job_id"

static char token[TOKEN_SIZE];
static uint64_t application;

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	application = store_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

static const struct http_reply *post(const char *headers, const char *prefix,
				     bool of_chats)
{
	return api_with(headers, "POST", of_chats ? NULL : "{\"body\":\"x\"}",
			"%s/%s/chats%s", prefix, token,
			of_chats ? "" : "/1/messages");
}

static void test_stored(void **state)
{
	const struct http_reply *reply;
	uint64_t number;

	(void)state;
	reply = post("Prefer: wait=20", "/applications", true);
	assert_status(reply, 201);
	assert_members(reply, "", CHAT);
	assert_header(reply, "Preference-Applied", "wait=20");
	number = reply_number(reply, "number");
	assert_int_equal(reply_number(reply, "messages_count"), 0);
	assert_time(reply_text(reply, "created_at"));
	assert_location(reply, "/applications/%s/chats/%u", token,
			(unsigned)number);
	assert_int_equal(store_chats(application), number);

	reply = post("Prefer: wait=20", "/applications", false);
	assert_status(reply, 201);
	assert_members(reply, "", MESSAGE);
	number = reply_number(reply, "number");
	assert_string_equal(reply_text(reply, "body"), "x");
	assert_time(reply_text(reply, "updated_at"));
	assert_location(reply, "/applications/%s/chats/1/messages/%u", token,
			(unsigned)number);
	assert_int_equal(store_rows(application), number);
	reply = api("GET", NULL, "/jobs/%s", reply_text(reply, "job_id"));
	assert_status(reply, 200);
	assert_int_equal(reply_number(reply, "number"), number);
	assert_string_not_equal(reply_text(reply, "status"), "queued");
}

/* ---- what clients write there ---- */

static void test_values(void **state)
{
	static const struct {
		const char *value, *applied; /* NULL: as if it was not there */
	} values[] = {
		{ "wait=30", "wait=30" },
		{ "wait=31", "wait=30" },
		{ "wait=999999999999", "wait=30" },
		{ "wait=99999999999999999999999999", "wait=30" },
		{ "wait=\"20\"", "wait=20" },
		{ "wait = 20", "wait=20" },
		{ "Wait=20", "wait=20" },
		{ "wait=020", "wait=20" },
		{ "wait=20; strict", "wait=20" },
		{ "wait=20, wait=21", "wait=20" },
		{ "respond-async, wait=20", "wait=20" },
		{ "respond-async,wait=20,handling=lenient", "wait=20" },
		{ "respond-async\nPrefer: wait=20", "wait=20" },
		{ "wait=20\nPrefer: handling=strict", "wait=20" },
		{ "wait=0", NULL },
		{ "wait", NULL },
		{ "wait=", NULL },
		{ "wait=\"\"", NULL },
		{ "wait=soon", NULL },
		{ "wait=-1", NULL },
		{ "wait=+5", NULL },
		{ "wait=1.5", NULL },
		{ "wait=5s", NULL },
		{ "await=5", NULL },
		{ "waiting=5", NULL },
		{ "respond-async", NULL },
	};
	const struct http_reply *reply;
	char header[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		const char *wanted = values[i].applied;
		const char *applied;

		snprintf(header, sizeof(header), "Prefer: %s", values[i].value);
		reply = post(header, "/applications", i % 2 == 0);
		applied = http_header(reply, "Preference-Applied");
		if (reply->status != (wanted ? 201 : 202) ||
		    strcmp(applied ? applied : "", wanted ? wanted : "") != 0)
			fail_msg("%s: %ld, %s", values[i].value, reply->status,
				 applied);
	}
}

static void test_with_a_key(void **state)
{
	static const char headers[] = "Prefer: wait=20\nIdempotency-Key: held";
	const struct http_reply *reply;
	char job[256];
	uint64_t number = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		reply = post(headers, "/applications", false);
		assert_status(reply, 201);
		assert_members(reply, "", MESSAGE);
		if (i == 0) {
			number = reply_number(reply, "number");
			reply_copy(reply, "job_id", job, sizeof(job));
		}
		assert_int_equal(reply_number(reply, "number"), number);
		assert_string_equal(reply_text(reply, "job_id"), job);
	}
	assert_header(reply, "Idempotency-Replayed", "true");
}

/* ---- dialects ---- */

static void test_dialects(void **state)
{
	static const struct {
		const char *prefix, *chat, *message;
	} dialects[] = {
		{ "/apps", "chat_number messages_count",
		  "matching_score body message_number" },
		{ "/chat_applications", "number messages_count",
		  "number body" },
		{ "/api/v1/chat_applications", "number messages_count",
		  "number body" },
	};
	const struct http_reply *reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		reply = post("Prefer: wait=20", dialects[i].prefix, true);
		assert_status(reply, 201);
		assert_members(reply, "", dialects[i].chat);
		assert_header(reply, "Preference-Applied", "wait=20");
		reply = post("Prefer: wait=20", dialects[i].prefix, false);
		assert_status(reply, 201);
		assert_members(reply, "", dialects[i].message);
	}
}

/* ---- in vain ---- */

static void test_time_is_over(void **state)
{
	const struct http_reply *reply;

	(void)state;
	stack_stop("persister");
	for (int of_chats = 0; of_chats < 2; of_chats++) {
		reply = post("Prefer: wait=1", "/applications", of_chats);
		assert_status(reply, 202);
		assert_members(reply, "", "number job_id");
		assert_header(reply, "Preference-Applied", "wait=1");
		assert_true(reply->took_ms >= 1000);
	}
	reply = post("Prefer: wait=1", "/apps", false);
	assert_status(reply, 200);
	assert_members(reply, "", "message_number");
	reply = post("Prefer: wait=1", "/chat_applications", true);
	assert_status(reply, 201);
	assert_members(reply, "", "number messages_count");
}

static void test_without_sql(void **state)
{
	const struct http_reply *reply;

	(void)state;
	stack_stop(sql_service());
	reply = post("Prefer: wait=2", "/applications", false);
	assert_status(reply, 202);
	assert_members(reply, "", "number job_id");
	assert_true(reply->took_ms >= 2000);
	stack_start(sql_service());
	reply = post("Prefer: wait=30", "/applications", false);
	assert_status(reply, 201);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_with_a_key),
		cmocka_unit_test(test_dialects),
		cmocka_unit_test_teardown(test_time_is_over, stack_repair),
		cmocka_unit_test_teardown(test_without_sql, stack_repair),
	};

	return cmocka_run_group_tests_name("api_wait", tests, prepare, NULL);
}
