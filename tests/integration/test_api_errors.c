#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"

/* What is refused, with which status and words, and at no cost of a number. */

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

/* "%s" in a path stands for the token. */
struct row {
	const char *method, *path, *headers, *body;
	long status;
};

#define CHATS "/applications/%s/chats"
#define MESSAGES CHATS "/1/messages"
#define DEEP33                                                                 \
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

static const struct row rows[] = {
	/* not JSON, or not the JSON that is asked for */
	{ "POST", "/applications", NULL, "", 400 },
	{ "POST", "/applications", NULL, "nonsense", 400 },
	{ "POST", "/applications", NULL, "[]", 400 },
	{ "POST", "/applications", NULL, "null", 400 },
	{ "POST", "/applications", NULL, "\"name\"", 400 },
	{ "POST", "/applications", NULL, "{}", 400 },
	{ "POST", "/applications", NULL, "{\"application\":7}", 400 },
	{ "POST", "/applications", NULL, "{\"application\":null}", 400 },
	{ "POST", "/applications", NULL, "{\"application\":{}}", 400 },
	{ "POST", "/applications", NULL, "{\"app\":{\"name\":\"x\"}}", 400 },
	{ "POST", "/applications", NULL, "{\"name\":\"a\",\"name\":\"b\"}",
	  400 },
	{ "POST", "/applications", NULL, "{\"name\":\"a\"} x", 400 },
	{ "POST", "/applications", NULL, "\xef\xbb\xbf{\"name\":\"a\"}", 400 },
	{ "POST", "/applications", NULL, "{\"name\":\"\xff\"}", 400 },
	{ "POST", "/applications", NULL, "{\"name\":\"\\ud800\"}", 400 },
	{ "POST", "/applications", NULL, "{\"name\":\"a\",\"x\":" DEEP33 "}",
	  400 },
	{ "POST", MESSAGES, NULL, "", 400 },
	{ "POST", MESSAGES, NULL, "{\"message\":{}}", 400 },
	{ "POST", MESSAGES, NULL, "{\"message\":[]}", 400 },
	{ "POST", MESSAGES, NULL, "{\"message\":\"text\"}", 400 },
	{ "POST", CHATS, NULL, "nonsense", 400 },
	/* a member that will not do */
	{ "POST", "/applications", NULL, "{\"name\":7}", 422 },
	{ "POST", "/applications", NULL, "{\"name\":null}", 422 },
	{ "POST", "/applications", NULL, "{\"name\":[\"x\"]}", 422 },
	{ "POST", "/applications", NULL, "{\"name\":\"\"}", 422 },
	{ "POST", "/applications", NULL, "{\"name\":\" \\u00a0\\n\"}", 422 },
	{ "PATCH", "/applications/%s", NULL, "{\"name\":\"\"}", 422 },
	{ "PATCH", "/applications/%s", NULL, "{}", 400 },
	{ "POST", MESSAGES, NULL, "{\"message\":{\"body\":7}}", 422 },
	{ "POST", MESSAGES, NULL, "{\"message\":{\"body\":null}}", 422 },
	{ "POST", MESSAGES, NULL, "{\"message\":{\"body\":\"\"}}", 422 },
	{ "POST", MESSAGES, NULL, "{\"message\":{\"body\":\" \\t\"}}", 422 },
	/* the media type */
	{ "POST", MESSAGES, "Content-Type: text/plain", "{\"body\":\"x\"}",
	  415 },
	{ "POST", MESSAGES, "Content-Type: application/x-www-form-urlencoded",
	  "body=x", 415 },
	{ "POST", MESSAGES, "Content-Type: application/jsonp",
	  "{\"body\":\"x\"}", 415 },
	/* nothing there */
	{ "GET", "/", NULL, NULL, 404 },
	{ "GET", "/nonsense", NULL, NULL, 404 },
	{ "GET", "/applications/%s/nonsense", NULL, NULL, 404 },
	{ "GET", "/applications/00000000000000000000000000000000", NULL, NULL,
	  404 },
	{ "GET", "/applications/short", NULL, NULL, 404 },
	{ "GET", CHATS "/0", NULL, NULL, 404 },
	{ "GET", CHATS "/-1", NULL, NULL, 404 },
	{ "GET", CHATS "/1x", NULL, NULL, 404 },
	{ "GET", CHATS "/%%31x", NULL, NULL, 404 },
	{ "GET", CHATS "/9007199254740993", NULL, NULL, 404 },
	{ "GET", CHATS "/99999999999999999999999", NULL, NULL, 404 },
	{ "GET", CHATS "/77", NULL, NULL, 404 },
	{ "GET", CHATS "/77/messages", NULL, NULL, 404 },
	{ "POST", CHATS "/77/messages", NULL, "{\"body\":\"x\"}", 404 },
	{ "POST", "/applications/00000000000000000000000000000000/chats", NULL,
	  NULL, 404 },
	{ "GET", MESSAGES "/77", NULL, NULL, 404 },
	{ "PATCH", MESSAGES "/77", NULL, "{\"body\":\"x\"}", 404 },
	{ "GET", "/jobs/made-up", NULL, NULL, 404 },
	/* not that way */
	{ "PUT", "/applications", NULL, "{}", 405 },
	{ "DELETE", "/applications/%s", NULL, NULL, 405 },
	{ "POST", MESSAGES "/1", NULL, "{}", 405 },
	{ "DELETE", "/up", NULL, NULL, 405 },
	/* query values */
	{ "GET", CHATS "?limit=0", NULL, NULL, 400 },
	{ "GET", CHATS "?limit=1001", NULL, NULL, 400 },
	{ "GET", CHATS "?limit=x", NULL, NULL, 400 },
	{ "GET", CHATS "?limit=", NULL, NULL, 400 },
	{ "GET", CHATS "?limit=1&limit=2", NULL, NULL, 400 },
	{ "GET", CHATS "?order=up", NULL, NULL, 400 },
	{ "GET", CHATS "?after=-1", NULL, NULL, 400 },
	{ "GET", MESSAGES "?before=one", NULL, NULL, 400 },
	{ "GET", MESSAGES "/search", NULL, NULL, 400 },
	{ "GET", MESSAGES "/search?q=", NULL, NULL, 400 },
	{ "GET", MESSAGES "/search?q=a&q=b", NULL, NULL, 400 },
	{ "GET", MESSAGES "/search?q=%%ff", NULL, NULL, 400 },
	{ "GET", MESSAGES "/search?q=a&fuzzy=maybe", NULL, NULL, 400 },
	/* an idempotency key that is none */
	{ "POST", MESSAGES, "Idempotency-Key: a b", "{\"body\":\"x\"}", 400 },
	{ "POST", MESSAGES, "Idempotency-Key;", "{\"body\":\"x\"}", 400 },
};

static const struct http_reply *send_row(const struct row *row)
{
	char path[512], *at = path;

	/* by hand: the table's formats are no literals */
	for (const char *from = row->path; *from; from++) {
		if (from[0] == '%' && from[1] == 's') {
			at += sprintf(at, "%s", token);
			from++;
		} else {
			*at++ = *from;
			from += from[0] == '%' && from[1] == '%';
		}
	}
	*at = '\0';
	return api_with(row->headers, row->method, row->body, "%s", path);
}

/* RFC 9457, and what the five systems' clients read. */
static bool is_a_problem(const struct http_reply *reply)
{
	return http_has_type(reply, "application/problem+json") &&
	       reply_number(reply, "status") == (uint64_t)reply->status &&
	       *reply_text(reply, "type") && *reply_text(reply, "title") &&
	       *reply_text(reply, "detail") && *reply_text(reply, "error") &&
	       reply_has(reply, "errors") == (reply->status == 422) &&
	       http_header(reply, "X-Request-Id") &&
	       (reply->status != 405 || http_header(reply, "Allow"));
}

static bool row_is_right(const struct row *row)
{
	const struct http_reply *reply = send_row(row);

	if (reply->status != row->status) {
		print_error("%s %s %s: %ld instead of %ld\n", row->method,
			    row->path, row->body ? row->body : "",
			    reply->status, row->status);
		return false;
	}
	if (is_a_problem(reply))
		return true;
	print_error("%s %s %s: no problem+json of ours:\n%s%s\n", row->method,
		    row->path, row->body ? row->body : "", reply->head,
		    reply->body);
	return false;
}

static void test_refusals(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		wrong += !row_is_right(&rows[i]);
	assert_int_equal(wrong, 0);
}

/* Runs behind test_refusals(): none of its creates took a number. */
static void test_refusals_burn_no_number(void **state)
{
	(void)state;
	assert_int_equal(create_chat(token), 2);
	assert_int_equal(create_message(token, 1, "the first"), 1);
}

static void test_errors_is_a_list_of_texts(void **state)
{
	const struct http_reply *reply = api(
		"POST", "{\"application\":{\"name\":\"\"}}", "/applications");

	(void)state;
	assert_status(reply, 422);
	assert_true(reply_count(reply, "errors") >= 1);
	assert_true(strlen(reply_text(reply, "errors.0")) > 0);
}

/* ---- accepted, just ---- */

static void test_media_types_that_will_do(void **state)
{
	static const char *const types[] = {
		"Content-Type: application/json",
		"Content-Type: application/json; charset=utf-8",
		"Content-Type: Application/JSON;x=y",
		"Content-Type: application/vnd.api+json",
		"Content-Type:", /* none at all */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++)
		assert_status(api_with(types[i], "POST", "{\"name\":\"x\"}",
				       "/applications"),
			      201);
}

/* {"name":"xxx..."} of `count` times `unit`; free() it. */
static char *text_of(const char *name, const char *unit, size_t count)
{
	struct buf buf = BUF_INIT;

	buf_printf(&buf, "{\"%s\":\"", name);
	for (size_t i = 0; i < count; i++)
		buf_append_text(&buf, unit);
	buf_append_text(&buf, "\"}");
	return buf_take(&buf, NULL);
}

static long status_of(const char *path, const char *name, const char *unit,
		      size_t count)
{
	char *body = text_of(name, unit, count);
	long status;

	if (strcmp(path, "messages") == 0)
		status = api("POST", body, "/applications/%s/chats/1/messages",
			     token)
				 ->status;
	else
		status = api("POST", body, "/applications")->status;
	free(body);
	return status;
}

static void test_lengths(void **state)
{
	(void)state;
	/* names in characters */
	assert_int_equal(status_of("", "name", "\xf0\x9f\x98\x80", 255), 201);
	assert_int_equal(status_of("", "name", "x", 256), 422);
	/* bodies in bytes of UTF-8 */
	assert_int_equal(status_of("messages", "body", "x", 65535), 202);
	assert_int_equal(status_of("messages", "body", "x", 65536), 422);
	assert_int_equal(status_of("messages", "body", "\\u0041", 65535), 202);
	assert_int_equal(status_of("messages", "body", "\xc3\xa9", 32768), 422);
	/* the request */
	assert_int_equal(status_of("messages", "body", "x", 600 * 1024), 413);
}

static void test_query_length(void **state)
{
	char query[202];

	(void)state;
	memset(query, 'x', sizeof(query) - 1);
	query[201] = '\0';
	assert_status(api("GET", NULL,
			  "/applications/%s/chats/1/messages/search?q=%s",
			  token, query),
		      400);
	query[200] = '\0';
	assert_status(api("GET", NULL,
			  "/applications/%s/chats/1/messages/search?q=%s",
			  token, query),
		      200);
}

/* Tokens match byte by byte. */
static void test_token_case(void **state)
{
	char upper[TOKEN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(upper); i++)
		upper[i] = (char)(token[i] >= 'a' && token[i] <= 'f'
					  ? token[i] - 'a' + 'A'
					  : token[i]);
	if (strcmp(upper, token) != 0)
		assert_status(api("GET", NULL, "/applications/%s", upper), 404);
}

/* Another tenant's token opens nothing of ours. */
static void test_foreign_token(void **state)
{
	char other[TOKEN_SIZE];

	(void)state;
	create_application(other);
	assert_status(api("GET", NULL, "/applications/%s/chats/1", other), 404);
	assert_status(api("POST", "{\"body\":\"x\"}",
			  "/applications/%s/chats/1/messages", other),
		      404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refusals_burn_no_number),
		cmocka_unit_test(test_errors_is_a_list_of_texts),
		cmocka_unit_test(test_media_types_that_will_do),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_query_length),
		cmocka_unit_test(test_token_case),
		cmocka_unit_test(test_foreign_token),
	};

	return cmocka_run_group_tests_name("api_errors", tests, prepare, NULL);
}
