/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/query.h"

static void expect(const char *query, const char *name,
		   enum query_result result, const char *value)
{
	char *found = NULL;

	assert_int_equal(query_find(query, name, &found), result);
	if (value)
		assert_string_equal(found, value);
	free(found);
}

static void parameters_are_found_and_unescaped(void **state)
{
	(void)state;
	expect("q=hello&limit=5", "q", QUERY_FOUND, "hello");
	expect("limit=5&q=a+b%20c", "q", QUERY_FOUND, "a b c");
	expect("q=caf%C3%A9", "q", QUERY_FOUND, "caf\xc3\xa9");
	expect("q", "q", QUERY_FOUND, "");
	expect("q=", "q", QUERY_FOUND, "");
	expect("%71=1", "q", QUERY_FOUND, "1");
	expect("qq=1", "q", QUERY_ABSENT, NULL);
	expect("", "q", QUERY_ABSENT, NULL);
	expect(NULL, "q", QUERY_ABSENT, NULL);
	expect("&&q=1&", "q", QUERY_FOUND, "1");
}

static void bad_parameters_are_refused(void **state)
{
	(void)state;
	expect("q=1&q=2", "q", QUERY_BAD, NULL);
	expect("q=%", "q", QUERY_BAD, NULL);
	expect("q=%4", "q", QUERY_BAD, NULL);
	expect("q=%zz", "q", QUERY_BAD, NULL);
	expect("q=a%00b", "q", QUERY_BAD, NULL);
	expect("q=%ff", "q", QUERY_BAD, NULL);
	expect("q=%ED%A0%80", "q", QUERY_BAD, NULL);
}

static void numbers_have_bounds(void **state)
{
	static const char *const bad[] = {
		"n=0",	 "n=1001", "n=-1",
		"n=+1",	 "n=1.",   "n=",
		"n=abc", "n=1e2",  "n=99999999999999999999"
	};
	uint64_t value = 7;

	(void)state;
	assert_int_equal(query_number("n=1000", "n", 1, 1000, &value),
			 QUERY_FOUND);
	assert_int_equal(value, 1000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(query_number(bad[i], "n", 1, 1000, &value),
				 QUERY_BAD);
	assert_int_equal(value, 1000);
}

static void choices_are_exact(void **state)
{
	bool second = false;

	(void)state;
	assert_int_equal(query_choice("o=desc", "o", "asc", "desc", &second),
			 QUERY_FOUND);
	assert_true(second);
	assert_int_equal(query_choice("o=DESC", "o", "asc", "desc", &second),
			 QUERY_BAD);
}

static void path_numbers_are_plain_digits(void **state)
{
	static const char *const bad[] = { "",
					   "0",
					   "01",
					   "-1",
					   "1a",
					   " 1",
					   "9007199254740993",
					   "18446744073709551617" };
	uint64_t number;

	(void)state;
	assert_true(query_path_number("9007199254740992", 16, &number));
	assert_true(number == UINT64_C(9007199254740992));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(
			query_path_number(bad[i], strlen(bad[i]), &number));
}

static void a_whole_query_is_looked_at(void **state)
{
	(void)state;
	assert_int_equal(query_check(""), QUERY_FOUND);
	assert_int_equal(query_check("a=b&&c=%C3%A9+%25&d=\xc3\xa9"),
			 QUERY_FOUND);
	assert_int_equal(query_check("a=b&c=%zz"), QUERY_BAD);
	assert_int_equal(query_check("a=b&%4"), QUERY_BAD);
	assert_int_equal(query_check("a=%00"), QUERY_BAD);
	assert_int_equal(query_check("a=%c0%80"), QUERY_BAD);
	assert_int_equal(query_check("a=\xff"), QUERY_BAD);
	assert_int_equal(query_check("a=%ed%a0%80"), QUERY_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_found_and_unescaped),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(choices_are_exact),
		cmocka_unit_test(path_numbers_are_plain_digits),
		cmocka_unit_test(a_whole_query_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
