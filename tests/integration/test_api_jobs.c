#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"

/* Jobs: what they show, and that their ids cannot be made up. What they say in
 * each state: test_job_states.c. */

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
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		assert_status(api("GET", NULL, "/jobs/%s", ids[i]), 404);
}

/* Each character of a real one changed, one at a time. */
static void test_changed_jobs(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	char token[TOKEN_SIZE], job[256];

	(void)state;
	create_application(token);
	keep_job(api("POST", NULL, "/applications/%s/chats", token), job);
	for (size_t i = 0; job[i]; i++) {
		const char *at = strchr(alphabet, job[i]);
		char kept = job[i];

		assert_non_null(at);
		job[i] = at[1] ? at[1] : alphabet[0];
		assert_status(api("GET", NULL, "/jobs/%s", job), 404);
		job[i] = kept;
	}
	assert_status(api("GET", NULL, "/jobs/%.*s", (int)strlen(job) - 1, job),
		      404);
	assert_status(api("GET", NULL, "/jobs/%sA", job), 404);
	assert_status(api("GET", NULL, "/jobs/%s/%s", job, job), 404);
	assert_status(api("GET", NULL, "/jobs/%s", job), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_made_up_jobs),
		cmocka_unit_test(test_changed_jobs),
	};

	return cmocka_run_group_tests_name("api_jobs", tests, NULL, NULL);
}
