#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/unit/unit.h"

static const char *const accepted[] = {
	/* any value may be the text */
	"null",
	"true",
	"false",
	"0",
	"\"\"",
	"{}",
	"[]",
	/* numbers */
	"-0",
	"-1",
	"10",
	"0.5",
	"-0.0",
	"1e5",
	"1E5",
	"1e+5",
	"1e-5",
	"0e0",
	"1.25E+07",
	"123456789012345678901234567890",
	/* strings */
	"\"plain\"",
	"\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t\"",
	"\"\\u0041\\u00e9\\u20AC\"",
	"\"\\u0001\"",
	"\"\\uD83D\\uDE00\"",
	"\"\\udbff\\udfff\"",
	"\"\\uE000 \\uFFFF\"",
	"\"\x7f\"",
	"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
	/* white space */
	" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n",
	/* nesting and names */
	"{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
	"{\"\":1,\"a\":2}",
	"{\"a\":1,\"A\":2}",
	"[[],{},\"\",0,null,true,false]",
};

static const char *const refused[] = {
	"",
	" ",
	"nul",
	"True",
	"NaN",
	"Infinity",
	"-Infinity",
	"undefined",
	/* numbers */
	"-",
	"+1",
	"01",
	"-01",
	"00",
	".5",
	"1.",
	"1.e5",
	"1e",
	"1e+",
	"1e5.5",
	"0x10",
	"1_000",
	"--1",
	/* strings */
	"\"",
	"\"open",
	"'single'",
	"\"a\nb\"",
	"\"a\tb\"",
	"\"\x01\"",
	"\"\x1f\"",
	"\"\\x41\"",
	"\"\\'\"",
	"\"\\\"",
	"\"\\u\"",
	"\"\\u12\"",
	"\"\\u12G4\"",
	"\"\\U0041\"",
	"\"\\u0000\"",
	/* surrogates */
	"\"\\uD83D\"",
	"\"\\uDE00\"",
	"\"\\uD83D\\u0041\"",
	"\"\\uD83D\\uD83D\"",
	"\"\\uDE00\\uD83D\"",
	"\"\\uD83Dx\"",
	"\"\\uD83D\\n\"",
	"\"\\uD83D\\uDE0\"",
	/* UTF-8 */
	"\"\xc3\"",
	"\"\x80\"",
	"\"\xc0\xaf\"",
	"\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"",
	"\xef\xbb\xbf{}",
	/* structure */
	"{",
	"}",
	"[",
	"]",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[1 2]",
	"[1,,2]",
	"[1}",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{,\"a\":1}",
	"{\"a\":1 \"b\":2}",
	"{\"a\" 1}",
	"{a:1}",
	"{1:1}",
	"{\"a\":1]",
	"{\"a\"::1}",
	/* trailing bytes, comments, several values */
	"{} {}",
	"{},",
	"1 2",
	"null x",
	"{}//",
	"/* c */ {}",
	"[1] #",
	"\"a\"\"b\"",
	"\f1",
	"\v1",
	"1\xc2\xa0",
	/* names are unique, as they read */
	"{\"a\":1,\"a\":2}",
	"{\"a\":1,\"b\":2,\"a\":1}",
	"{\"a\":1,\"\\u0061\":2}",
	"{\"\\u00e9\":1,\"\xc3\xa9\":2}",
	"{\"\":1,\"\":2}",
	"[{\"x\":{\"a\":1,\"a\":2}}]",
	"{\"b\":{\"a\":1},\"c\":0,\"b\":1}",
};

static const char *check(const char *text, size_t length)
{
	char *copy = exact_copy(text, length);
	const char *reason = json_check(copy, length);

	free(copy);
	return reason;
}

static void test_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(accepted); i++) {
		const char *reason = check(accepted[i], strlen(accepted[i]));

		if (reason)
			fail_row(accepted[i], "refused: %s", reason);
	}
}

static void test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		if (!check(refused[i], strlen(refused[i])))
			fail_row(refused[i], "was accepted");
}

static void test_refuses_nul_bytes(void **state)
{
	(void)state;
	assert_non_null(check("\0", 1));
	assert_non_null(check("{}\0", 3));
	assert_non_null(check("\"a\0b\"", 5));
	assert_non_null(check("\0{}", 3));
}

/* A text that is cut anywhere is no JSON, and nothing is read behind it. */
static void test_refuses_each_cut(void **state)
{
	static const char text[] =
		"{\"a\\uD83D\\uDE00\":[-1.5e+7,true,false,null,\"x\\n\"],"
		"\"b\":{\"c\":\"\xc3\xa9\"}}";

	(void)state;
	assert_null(check(text, sizeof(text) - 1));
	for (size_t length = 0; length < sizeof(text) - 1; length++)
		if (!check(text, length))
			fail_msg("the first %zu bytes were accepted", length);
}

static const char *check_depth(unsigned depth, const char *open,
			       const char *close)
{
	struct buf buf = BUF_INIT;
	const char *reason;

	for (unsigned i = 0; i < depth; i++)
		buf_append_text(&buf, open);
	buf_append_text(&buf, "1");
	for (unsigned i = 0; i < depth; i++)
		buf_append_text(&buf, close);
	reason = check(buf.data, buf.length);
	buf_release(&buf);
	return reason;
}

static void test_depth(void **state)
{
	(void)state;
	assert_null(check_depth(32, "[", "]"));
	assert_non_null(check_depth(33, "[", "]"));
	assert_null(check_depth(32, "{\"a\":", "}"));
	assert_non_null(check_depth(33, "{\"a\":", "}"));
	assert_null(check_depth(16, "[{\"a\":", "}]"));
	assert_non_null(check_depth(17, "[{\"a\":", "}]"));
	assert_non_null(check_depth(100000, "[", "]"));
}

/* Depth is nesting, not how many values were opened. */
static void test_depth_counts_open_values_only(void **state)
{
	struct buf buf = BUF_INIT;

	(void)state;
	buf_append_text(&buf, "[0");
	for (int i = 0; i < 1000; i++)
		buf_append_text(&buf, ",[[]],{\"a\":{}}");
	buf_append_text(&buf, "]");
	assert_null(check(buf.data, buf.length));
	buf_release(&buf);
}

static void append_members(struct buf *buf, unsigned count)
{
	buf_append_text(buf, "{");
	for (unsigned i = 0; i < count; i++)
		buf_printf(buf, "%s\"name%u\":%u", i ? "," : "", i, i);
	buf_append_text(buf, "}");
}

/* One request may bring some 50,000 names: they must not cost their square. */
static void test_big_object_is_fast(void **state)
{
	struct buf buf = BUF_INIT;
	int64_t start = clock_monotonic_ms();

	(void)state;
	append_members(&buf, 50000);
	assert_null(check(buf.data, buf.length));
	/* a repeated name is found among them */
	buf.length--;
	buf_append_text(&buf, ",\"name17\":0}");
	assert_non_null(check(buf.data, buf.length));
	assert_true(clock_monotonic_ms() - start < 2000);
	buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_refuses_nul_bytes),
		cmocka_unit_test(test_refuses_each_cut),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_depth_counts_open_values_only),
		cmocka_unit_test(test_big_object_is_fast),
	};

	return cmocka_run_group_tests_name("json_check", tests, NULL, NULL);
}
