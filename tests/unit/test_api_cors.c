/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/cors.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void good_lists_are_taken(void **state)
{
	static const char *const lists[] = {
		"",
		"*",
		"https://a",
		"https://app.example.org",
		"http://localhost:5173",
		"http://127.0.0.1:8080,https://b.example",
		" https://a , https://b ",
		"https://[::1]:8443",
		"capacitor://localhost",
		"chrome-extension://abcdefghijklmnop",
		"https://a:65535",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (!cors_list_valid(lists[i]))
			fail_msg("%s", lists[i]);
}

static void bad_lists_are_refused(void **state)
{
	static const char *const lists[] = {
		"a",
		"*,https://a",
		"https://a,*",
		"https://a/",
		"https://a/path",
		"https://a?b",
		"https://user@a",
		"https://A.example",
		"HTTPS://a",
		"https://",
		"https://:80",
		"https://a:",
		"https://a:0",
		"https://a:080",
		"https://a:65536",
		"https://a:99999999999999999999",
		"https://a:8x",
		"https://a b",
		"https://a;https://b",
		"https://a,,https://b",
		",https://a",
		" ",
		"null",
		"://a",
		"1a://b",
		"https:/a",
		"https://[::1",
		"https://[]",
		"https://*.example.org",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (cors_list_valid(lists[i]))
			fail_msg("%s", lists[i]);
}

static const char *allowed(const char *list, const char *origin)
{
	return cors_decide(list, origin, false).allowed;
}

static void origins_are_compared_whole(void **state)
{
	static const char list[] = "https://a, http://b:80";

	(void)state;
	assert_string_equal(allowed(list, "https://a"), "https://a");
	assert_string_equal(allowed(list, "http://b:80"), "http://b:80");
	assert_null(allowed(list, "https://a, http://b:80"));
	assert_null(allowed(list, "https://ab"));
	assert_null(allowed(list, "https://"));
	assert_null(allowed(list, "http://b:8"));
	assert_null(allowed(list, ""));
	assert_null(allowed(list, NULL));
	assert_null(allowed("", "https://a"));
	assert_string_equal(allowed("*", "https://a"), "*");
	assert_null(allowed("*", NULL));
}

static void only_a_list_varies(void **state)
{
	(void)state;
	assert_false(cors_decide("", "https://a", false).varies);
	assert_false(cors_decide("*", "https://a", false).varies);
	assert_true(cors_decide("https://a", "https://a", false).varies);
	assert_true(cors_decide("https://a", NULL, false).varies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lists_are_taken),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(origins_are_compared_whole),
		cmocka_unit_test(only_a_list_varies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
