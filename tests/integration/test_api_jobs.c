#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What is promised and not stored yet: jobs, Prefer: wait, and what the rest
 * of the API says of it. */

static bool job_is(const char *job, const char *status)
{
	const struct http_reply *reply = api("GET", NULL, "/jobs/%s", job);

	assert_status(reply, 200);
	return strcmp(reply_text(reply, "status"), status) == 0;
}

static bool job_is_indexed(void *job)
{
	return job_is(job, "indexed");
}

static bool job_is_stored(void *job)
{
	return job_is(job, "stored");
}

static void keep_job(const struct http_reply *reply, char job_r[256])
{
	assert_status(reply, 202);
	snprintf(job_r, 256, "%s", reply_text(reply, "job_id"));
}

static void test_jobs(void **state)
{
	char token[TOKEN_SIZE], chat[256], message[256], url[256];
	const struct http_reply *reply;

	(void)state;
	create_application(token);
	keep_job(api("POST", NULL, "/applications/%s/chats", token), chat);
	keep_job(api("POST", "{\"body\":\"x\"}",
		     "/applications/%s/chats/1/messages", token),
		 message);
	assert_becomes(job_is_stored, chat, STORED_MS);
	assert_becomes(job_is_indexed, message, STORED_MS);
	reply = api("GET", NULL, "/jobs/%s", chat);
	assert_members(reply, "", "job_id type status number url");
	assert_string_equal(reply_text(reply, "job_id"), chat);
	assert_int_equal(reply_number(reply, "number"), 1);
	snprintf(url, sizeof(url), "/applications/%s/chats/1", token);
	assert_string_equal(reply_text(reply, "url"), url);
	reply = api("GET", NULL, "/jobs/%s", message);
	assert_members(reply, "", "job_id type status number chat_number url");
	assert_int_equal(reply_number(reply, "chat_number"), 1);
	snprintf(url, sizeof(url), "/applications/%s/chats/1/messages/1",
		 token);
	assert_string_equal(reply_text(reply, "url"), url);
}

static void test_made_up_jobs(void **state)
{
	static const char *const ids[] = {
		"1",
		"01932f5e-7c00-7abc-8def-0123456789ab",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	char token[TOKEN_SIZE], job[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		assert_status(api("GET", NULL, "/jobs/%s", ids[i]), 404);
	/* one character of a real one changed */
	create_application(token);
	keep_job(api("POST", NULL, "/applications/%s/chats", token), job);
	job[5] = (char)(job[5] == 'a' ? 'b' : 'a');
	assert_status(api("GET", NULL, "/jobs/%s", job), 404);
}

/* ---- Prefer: wait ---- */

static void test_prefer_wait(void **state)
{
	const struct http_reply *reply;
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	reply = api_with("Prefer: wait=10", "POST", NULL,
			 "/applications/%s/chats", token);
	assert_status(reply, 201);
	assert_members(reply, "", "number messages_count created_at job_id");
	assert_non_null(http_header(reply, "Preference-Applied"));
	reply = api_with("Prefer: respond-async, wait=99", "POST",
			 "{\"body\":\"x\"}",
			 "/applications/%s/chats/1/messages", token);
	assert_status(reply, 201);
	assert_members(reply, "", "number body created_at updated_at job_id");
	assert_non_null(http_header(reply, "Location"));
	assert_int_equal(store_rows(store_application(token)), 1);
}

static void test_prefer_nonsense_is_ignored(void **state)
{
	static const char *const headers[] = { "Prefer: wait=soon",
					       "Prefer: wait=-1",
					       "Prefer: wait",
					       "Prefer: gin=tonic" };
	const struct http_reply *reply;
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		reply = api_with(headers[i], "POST", NULL,
				 "/applications/%s/chats", token);
		assert_status(reply, 202);
		assert_null(http_header(reply, "Preference-Applied"));
	}
}

/* ---- while the row is not there ---- */

static void assert_promised(const struct http_reply *reply)
{
	assert_status(reply, 404);
	assert_header(reply, "Retry-After", "1");
}

static void assert_empty(const struct http_reply *reply)
{
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 0);
}

static void look_at_promises(const char *token)
{
	const struct http_reply *reply;

	assert_promised(api("GET", NULL, "/applications/%s/chats/1", token));
	assert_promised(
		api("GET", NULL, "/applications/%s/chats/1/messages/1", token));
	assert_promised(api("PATCH", "{\"body\":\"y\"}",
			    "/applications/%s/chats/1/messages/1", token));
	assert_empty(api("GET", NULL, "/applications/%s/chats", token));
	assert_empty(
		api("GET", NULL, "/applications/%s/chats/1/messages", token));
	reply = api("GET", NULL, "/applications/%s/chats/1/message_count",
		    token);
	assert_status(reply, 200);
	assert_int_equal(reply_number(reply, "message_count"), 0);
	/* one that was never promised */
	reply = api("GET", NULL, "/applications/%s/chats/2", token);
	assert_status(reply, 404);
	assert_null(http_header(reply, "Retry-After"));
}

static void test_promised_but_not_stored(void **state)
{
	char token[TOKEN_SIZE], job[256];
	const struct http_reply *reply;

	(void)state;
	create_application(token);
	stack_stop("persister");
	assert_int_equal(create_chat(token), 1);
	keep_job(api("POST", "{\"body\":\"x\"}",
		     "/applications/%s/chats/1/messages", token),
		 job);
	assert_true(job_is(job, "queued"));
	look_at_promises(token);
	reply = api_with("Prefer: wait=1", "POST", "{\"body\":\"y\"}",
			 "/applications/%s/chats/1/messages", token);
	assert_status(reply, 202);
	assert_int_equal(reply_number(reply, "number"), 2);
	stack_start("persister");
	assert_becomes(job_is_indexed, job, DRAINED_MS);
	assert_status(
		api("GET", NULL, "/applications/%s/chats/1/messages/1", token),
		200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_made_up_jobs),
		cmocka_unit_test(test_prefer_wait),
		cmocka_unit_test(test_prefer_nonsense_is_ignored),
		cmocka_unit_test_teardown(test_promised_but_not_stored,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("api_jobs", tests, NULL, NULL);
}
