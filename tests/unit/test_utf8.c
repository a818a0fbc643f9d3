#include "common/utf8.h"

#include <stdbool.h>
#include <string.h>

#include "tests/unit/unit.h"

struct row {
	const char *name;
	const char *text;
	bool valid;
};

static const struct row rows[] = {
	{ "nothing", "", true },
	{ "ASCII", "plain text of more than eight bytes", true },
	{ "two bytes", "caf\xc3\xa9", true },
	{ "lowest of two bytes", "\xc2\x80", true },
	{ "three bytes", "\xe2\x82\xac", true },
	{ "lowest of three bytes", "\xe0\xa0\x80", true },
	{ "U+D7FF, below the surrogates", "\xed\x9f\xbf", true },
	{ "U+E000, above the surrogates", "\xee\x80\x80", true },
	{ "U+FFFF", "\xef\xbf\xbf", true },
	{ "four bytes", "\xf0\x9f\x98\x80", true },
	{ "lowest of four bytes", "\xf0\x90\x80\x80", true },
	{ "U+10FFFF", "\xf4\x8f\xbf\xbf", true },
	{ "all lengths behind eight bytes", "12345678\xc3\xa9\xe2\x82\xac!",
	  true },
	{ "lone continuation", "a\x80", false },
	{ "cut two bytes", "12345678\xc3", false },
	{ "cut three bytes", "\xe2\x82", false },
	{ "cut four bytes", "\xf0\x9f\x98", false },
	{ "no continuation", "\xc3(", false },
	{ "third is none", "\xe2\x82(", false },
	{ "overlong slash, two bytes", "\xc0\xaf", false },
	{ "overlong in C1", "\xc1\xbf", false },
	{ "overlong, three bytes", "\xe0\x80\xaf", false },
	{ "overlong, four bytes", "\xf0\x80\x80\xaf", false },
	{ "lowest surrogate", "\xed\xa0\x80", false },
	{ "highest surrogate", "\xed\xbf\xbf", false },
	{ "over U+10FFFF", "\xf4\x90\x80\x80", false },
	{ "F5", "\xf5\x80\x80\x80", false },
	{ "FE", "\xfe", false },
	{ "FF", "\xff", false },
	{ "Latin 1", "caf\xe9 au lait", false },
};

static void test_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (utf8_valid(rows[i].text, strlen(rows[i].text)) !=
		    rows[i].valid)
			fail_row(rows[i].name, "should be %s",
				 rows[i].valid ? "valid" : "invalid");
	assert_true(utf8_valid("a\0b", 3));
}

/* A bad byte is found wherever the eight-byte steps put it. */
static void test_bad_byte_at_each_place(void **state)
{
	char text[40];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		memset(text, 'x', sizeof(text));
		assert_true(utf8_valid(text, sizeof(text)));
		text[i] = '\x80';
		assert_false(utf8_valid(text, sizeof(text)));
	}
}

static void test_counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count("abc", 3), 3);
	assert_int_equal(utf8_count("caf\xc3\xa9", 5), 4);
	assert_int_equal(utf8_count("\xe2\x82\xac\xf0\x9f\x98\x80", 7), 2);
}

static void test_blank(void **state)
{
	static const char all_white[] =
		" \t\n\v\f\r\xc2\x85\xc2\xa0\xe1\x9a\x80\xe2\x80\x80"
		"\xe2\x80\x8a\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf"
		"\xe2\x81\x9f\xe3\x80\x80";
	static const char *const not_blank[] = {
		"x",
		"  x  ",
		"\xc2\xa0\xc3\xa9",
		"\xe2\x80\x8b", /* zero width space is no White_Space */
		"\xef\xbb\xbf",
		"\xf0\x9f\x98\x80",
	};

	(void)state;
	assert_true(utf8_blank("", 0));
	assert_true(utf8_blank(all_white, strlen(all_white)));
	assert_false(utf8_blank("\0", 1));
	for (size_t i = 0; i < COUNT_OF(not_blank); i++)
		if (utf8_blank(not_blank[i], strlen(not_blank[i])))
			fail_row(not_blank[i], "is not blank");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_bad_byte_at_each_place),
		cmocka_unit_test(test_counts_code_points),
		cmocka_unit_test(test_blank),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
