#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

/* Which pages of other origins a browser lets in: none, unless it was set. */

#define ORIGIN "https://app.example.org"
#define OTHER "http://localhost:5173"
#define ASKS "\nAccess-Control-Request-Method: POST"

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return 0;
}

static const struct http_reply *ask(const struct worker *worker,
				    const char *method, const char *headers,
				    const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "%s%s", worker_url(worker), path);
	return http_send(method, headers, NULL, url);
}

static const char *chats(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "/applications/%s/chats", token);
	return path;
}

static void assert_no_cors(const struct http_reply *reply)
{
	if (strcasestr(reply->head, "Access-Control-"))
		fail_msg("a header of CORS in:\n%s", reply->head);
}

static void assert_lists(const struct http_reply *reply, const char *name,
			 const char *const *words, size_t count)
{
	const char *value = http_header(reply, name);

	if (!value)
		fail_msg("there is no header %s in:\n%s", name, reply->head);
	for (size_t i = 0; value && i < count; i++)
		if (!strstr(value, words[i]))
			fail_msg("%s is not in %s: %s", words[i], name, value);
}

static void assert_preflight(const struct http_reply *reply, const char *origin)
{
	static const char *const methods[] = { "GET", "POST" };
	static const char *const headers[] = { "Content-Type", "Authorization",
					       "Idempotency-Key", "Prefer",
					       "X-Request-Id" };

	assert_status(reply, 204);
	assert_header(reply, "Access-Control-Allow-Origin", origin);
	assert_lists(reply, "Access-Control-Allow-Methods", methods,
		     COUNT_OF(methods));
	assert_lists(reply, "Access-Control-Allow-Headers", headers,
		     COUNT_OF(headers));
	assert_non_null(http_header(reply, "Access-Control-Max-Age"));
	assert_null(http_header(reply, "Access-Control-Allow-Credentials"));
}

static void assert_exposed(const struct http_reply *reply, long status,
			   const char *origin)
{
	static const char *const headers[] = {
		"Location",	      "Link",
		"Retry-After",	      "X-Request-Id",
		"X-Search-Engine",    "X-Search-Truncated",
		"Preference-Applied", "Idempotency-Replayed",
	};

	assert_status(reply, status);
	assert_header(reply, "Access-Control-Allow-Origin", origin);
	assert_lists(reply, "Access-Control-Expose-Headers", headers,
		     COUNT_OF(headers));
	assert_null(http_header(reply, "Access-Control-Allow-Methods"));
	assert_null(http_header(reply, "Access-Control-Allow-Credentials"));
}

static void test_off(void **state)
{
	(void)state;
	assert_no_cors(api_with("Origin: " ORIGIN, "GET", NULL, "%s", chats()));
	assert_no_cors(api_with("Origin: " ORIGIN ASKS, "OPTIONS", NULL, "%s",
				chats()));
	assert_null(http_header(api("GET", NULL, "%s", chats()), "Vary"));
}

static void test_listed(void **state)
{
	struct worker own;
	const struct http_reply *reply;

	(void)state;
	worker_start_with("api", "CONFAB_CORS_ORIGINS='" OTHER ", " ORIGIN "'",
			  &own);
	reply = ask(&own, "OPTIONS", "Origin: " ORIGIN ASKS, chats());
	assert_preflight(reply, ORIGIN);
	assert_header(reply, "Vary", "Origin");
	assert_preflight(ask(&own, "OPTIONS", "Origin: " OTHER ASKS, chats()),
			 OTHER);
	reply = ask(&own, "GET", "Origin: " OTHER, chats());
	assert_exposed(reply, 200, OTHER);
	assert_header(reply, "Vary", "Origin");
	/* refusals are for the page to read too */
	assert_exposed(ask(&own, "GET", "Origin: " ORIGIN, "/nothing"), 404,
		       ORIGIN);
	assert_exposed(ask(&own, "DELETE", "Origin: " ORIGIN, chats()), 405,
		       ORIGIN);
	assert_exposed(
		ask(&own, "GET", "Origin: " ORIGIN "\nHost: a b", chats()), 400,
		ORIGIN);
	/* no preflight */
	assert_exposed(ask(&own, "OPTIONS", "Origin: " ORIGIN, chats()), 204,
		       ORIGIN);
	worker_stop(&own);
}

static void test_not_listed(void **state)
{
	static const char *const origins[] = {
		"Origin: https://app.example.org:443",
		"Origin: http://app.example.org",
		"Origin: https://app.example.org.evil.example",
		"Origin: https://app.example.or",
		"Origin: https://APP.example.org",
		"Origin: https://app.example.org/",
		"Origin: null",
		"Origin: *",
		"Origin: " ORIGIN ", " OTHER,
		"Origin;",
		NULL,
	};
	struct worker own;

	(void)state;
	worker_start_with("api", "CONFAB_CORS_ORIGINS=" ORIGIN, &own);
	for (size_t i = 0; i < COUNT_OF(origins); i++) {
		char preflight[256];
		const struct http_reply *reply =
			ask(&own, "GET", origins[i], chats());

		assert_status(reply, 200);
		assert_no_cors(reply);
		/* a cache must not give it to another origin */
		assert_header(reply, "Vary", "Origin");
		snprintf(preflight, sizeof(preflight), "%s" ASKS,
			 origins[i] ? origins[i] : "X-A: b");
		assert_no_cors(ask(&own, "OPTIONS", preflight, chats()));
	}
	worker_stop(&own);
}

static void test_any(void **state)
{
	struct worker own;
	const struct http_reply *reply;

	(void)state;
	worker_start_with("api", "CONFAB_CORS_ORIGINS='*'", &own);
	reply = ask(&own, "OPTIONS", "Origin: " ORIGIN ASKS, chats());
	assert_preflight(reply, "*");
	assert_null(http_header(reply, "Vary"));
	assert_exposed(ask(&own, "GET", "Origin: null", chats()), 200, "*");
	assert_no_cors(ask(&own, "GET", NULL, chats()));
	worker_stop(&own);
}

static int check(const char *with, struct buf *output)
{
	const char *const argv[] = { "env", with, process_path("confab-api"),
				     "--check-config", NULL };

	buf_clear(output);
	return process_run(argv, output);
}

static void test_check_config(void **state)
{
	struct buf output = BUF_INIT;

	(void)state;
	assert_int_equal(
		check("CONFAB_CORS_ORIGINS=" ORIGIN "," OTHER, &output), 0);
	assert_int_equal(check("CONFAB_CORS_ORIGINS=*", &output), 0);
	assert_int_equal(check("CONFAB_CORS_ORIGINS=", &output), 0);
	assert_int_equal(check("CONFAB_CORS_ORIGINS=" ORIGIN "/path", &output),
			 100);
	assert_non_null(strstr(output.data, "CONFAB_CORS_ORIGINS"));
	buf_release(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_not_listed),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_check_config),
	};

	return cmocka_run_group_tests_name("api_cors", tests, prepare, NULL);
}
