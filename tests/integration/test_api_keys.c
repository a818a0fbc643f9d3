#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/stores.h"

/* Idempotency-Key: the same request again is the same message. */

static char token[TOKEN_SIZE];
static uint64_t application;

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	application = store_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

static const struct http_reply *post(const char *key, const char *body)
{
	char header[512];

	snprintf(header, sizeof(header), "Idempotency-Key: %s", key);
	return api_with(header, "POST", body,
			"/applications/%s/chats/1/messages", token);
}

static void test_replay(void **state)
{
	const struct http_reply *reply = post("replay", "{\"body\":\"once\"}");
	char job[256];
	uint64_t number;

	(void)state;
	assert_status(reply, 202);
	assert_null(http_header(reply, "Idempotency-Replayed"));
	number = reply_number(reply, "number");
	snprintf(job, sizeof(job), "%s", reply_text(reply, "job_id"));
	reply = post("replay", "{\"body\":\"once\"}");
	assert_status(reply, 202);
	assert_header(reply, "Idempotency-Replayed", "true");
	assert_int_equal(reply_number(reply, "number"), number);
	assert_string_equal(reply_text(reply, "job_id"), job);
	/* without a key it is another message */
	assert_int_equal(create_message(token, 1, "once"), number + 1);
}

static void test_another_payload(void **state)
{
	(void)state;
	assert_status(post("payload", "{\"body\":\"this\"}"), 202);
	assert_status(post("payload", "{\"body\":\"that\"}"), 422);
	assert_header(post("payload", "{\"body\":\"this\"}"),
		      "Idempotency-Replayed", "true");
}

static void test_scope_is_application_and_route(void **state)
{
	const struct http_reply *reply = post("scope", "{\"body\":\"x\"}");

	(void)state;
	assert_status(reply, 202);
	/* another route: a chat */
	reply = api_with("Idempotency-Key: scope", "POST", NULL,
			 "/applications/%s/chats", token);
	assert_status(reply, 202);
	assert_null(http_header(reply, "Idempotency-Replayed"));
	reply = api_with("Idempotency-Key: scope", "POST", NULL,
			 "/applications/%s/chats", token);
	assert_header(reply, "Idempotency-Replayed", "true");
	/* another chat */
	reply = api_with("Idempotency-Key: scope", "POST", "{\"body\":\"x\"}",
			 "/applications/%s/chats/2/messages", token);
	assert_status(reply, 202);
	assert_null(http_header(reply, "Idempotency-Replayed"));
}

/* A dialect is another spelling of the same route: a client that moves from
 * one to the other in mid-retry gets its message once. */
static void test_every_dialect_is_the_same_route(void **state)
{
	static const struct {
		const char *prefix, *member;
		long status;
	} dialects[] = {
		{ "/applications", "number", 202 },
		{ "/apps", "message_number", 200 },
		{ "/chat_applications", "number", 201 },
		{ "/api/v1/chat_applications", "number", 201 },
	};
	const struct http_reply *reply;
	uint64_t number = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(dialects); i++) {
		reply = api_with("Idempotency-Key: spelling", "POST",
				 "{\"body\":\"spelled\"}",
				 "%s/%s/chats/1/messages", dialects[i].prefix,
				 token);
		assert_status(reply, dialects[i].status);
		if (i == 0)
			number = reply_number(reply, "number");
		else
			assert_header(reply, "Idempotency-Replayed", "true");
		assert_int_equal(reply_number(reply, dialects[i].member),
				 number);
		assert_location(reply, "%s/%s/chats/1/messages/%u",
				dialects[i].prefix, token, (unsigned)number);
	}
}

static void test_another_application_has_keys_of_its_own(void **state)
{
	const struct http_reply *reply = post("tenant", "{\"body\":\"x\"}");
	char theirs[TOKEN_SIZE];

	(void)state;
	assert_status(reply, 202);
	create_application(theirs);
	assert_int_equal(create_chat(theirs), 1);
	reply = api_with("Idempotency-Key: tenant", "POST",
			 "{\"body\":\"another payload\"}",
			 "/applications/%s/chats/1/messages", theirs);
	assert_status(reply, 202);
	assert_null(http_header(reply, "Idempotency-Replayed"));
	assert_int_equal(reply_number(reply, "number"), 1);
}

static void test_refused_request_leaves_its_key_free(void **state)
{
	const struct http_reply *reply;

	(void)state;
	assert_status(post("free", "{\"body\":\"\"}"), 422);
	assert_status(post("free", "{\"body\":7}"), 422);
	assert_status(post("free", "{\"text\":7}"), 400);
	assert_status(post("free", "good"), 400);
	assert_status(post("free\nContent-Type: text/plain", "good"), 415);
	assert_status(api_with("Idempotency-Key: free", "POST",
			       "{\"body\":\"good\"}",
			       "/applications/%s/chats/99/messages", token),
		      404);
	reply = post("free", "{\"body\":\"good\"}");
	assert_status(reply, 202);
	assert_null(http_header(reply, "Idempotency-Replayed"));
}

static void test_length_of_keys(void **state)
{
	char key[257];

	(void)state;
	memset(key, '~', sizeof(key));
	key[256] = '\0';
	assert_status(post(key, "{\"body\":\"x\"}"), 400);
	key[255] = '\0';
	assert_status(post(key, "{\"body\":\"x\"}"), 202);
	assert_header(post(key, "{\"body\":\"x\"}"), "Idempotency-Replayed",
		      "true");
	/* one that differs in its last character only */
	key[254] = '!';
	assert_null(http_header(post(key, "{\"body\":\"x\"}"),
				"Idempotency-Replayed"));
	assert_status(post("!", "{\"body\":\"x\"}"), 202);
}

static void test_bad_keys(void **state)
{
	/* curl sends "Name;" as a header without a value */
	static const char *const headers[] = {
		"Idempotency-Key;",
		"Idempotency-Key: two words",
		"Idempotency-Key: tab\there",
		"Idempotency-Key: caf\xc3\xa9",
		"Idempotency-Key: caf\xe9",
		"Idempotency-Key: \x7f",
		"Idempotency-Key: once\nIdempotency-Key: twice",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		assert_status(api_with(headers[i], "POST", "{\"body\":\"x\"}",
				       "/applications/%s/chats/1/messages",
				       token),
			      400);
		assert_status(api_with(headers[i], "POST", NULL,
				       "/applications/%s/chats", token),
			      400);
	}
}

/* ---- 50 at once ---- */

struct crowd {
	unsigned sent, replayed;
	uint64_t number;
	char job[256];
};

static bool next(void *context, struct http_call *call)
{
	struct crowd *crowd = context;

	if (crowd->sent == 50)
		return false;
	crowd->sent++;
	call->headers = "Idempotency-Key: crowd";
	buf_printf(&call->url, "%s/applications/%s/chats/1/messages",
		   setting(crowd->sent % 2 ? "CONFAB_API_URL"
					   : "CONFAB_INGEST_URL"),
		   token);
	buf_append_text(&call->body, "{\"message\":{\"body\":\"crowded\"}}");
	return true;
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct crowd *crowd = context;

	(void)call;
	assert_status(reply, 202);
	if (crowd->number == 0) {
		crowd->number = reply_number(reply, "number");
		snprintf(crowd->job, sizeof(crowd->job), "%s",
			 reply_text(reply, "job_id"));
	}
	assert_int_equal(reply_number(reply, "number"), crowd->number);
	assert_string_equal(reply_text(reply, "job_id"), crowd->job);
	crowd->replayed += http_header(reply, "Idempotency-Replayed") != NULL;
	return 0;
}

static bool crowded_rows(void *context)
{
	*(uint64_t *)context = store_number(
		"SELECT COUNT(*) FROM messages WHERE application_id = %llu "
		"AND body = 'crowded'",
		(unsigned long long)application);
	return *(uint64_t *)context > 0;
}

static void test_fifty_at_once(void **state)
{
	struct crowd crowd = { 0 };
	struct http_many many = {
		.connections = 50, .next = next, .done = done, .context = &crowd
	};
	uint64_t rows, after;

	(void)state;
	http_many_run(&many);
	assert_int_equal(crowd.replayed, 49);
	/* numbers go on behind it; when the next is stored, all is */
	after = create_message(token, 1, "after the crowd");
	assert_int_equal(after, crowd.number + 1);
	assert_becomes(crowded_rows, &rows, STORED_MS);
	assert_int_equal(rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_another_payload),
		cmocka_unit_test(test_scope_is_application_and_route),
		cmocka_unit_test(test_every_dialect_is_the_same_route),
		cmocka_unit_test(test_another_application_has_keys_of_its_own),
		cmocka_unit_test(test_refused_request_leaves_its_key_free),
		cmocka_unit_test(test_length_of_keys),
		cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_fifty_at_once),
	};

	return cmocka_run_group_tests_name("api_keys", tests, prepare, NULL);
}
