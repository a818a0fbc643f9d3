#include "common/trace.h"

#include "tests/unit/unit.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define ZEROS "00000000000000000000000000000000"

static bool parses(const char *text, char parent_r[TRACE_PARENT_LENGTH + 1])
{
	size_t length = strlen(text);
	char *exact = exact_copy(text, length);
	bool parsed = trace_parent_parse(exact, length, parent_r);

	free(exact);
	return parsed;
}

static void test_parents(void **state)
{
	char parent[TRACE_PARENT_LENGTH + 1], id[TRACE_ID_LENGTH + 1];

	(void)state;
	assert_true(parses("00-" TRACE "-" SPAN "-01", parent));
	assert_string_equal(parent, "00-" TRACE "-" SPAN "-01");
	trace_parent_id(parent, id);
	assert_string_equal(id, TRACE);
}

static void test_later_versions(void **state)
{
	char parent[TRACE_PARENT_LENGTH + 1];

	(void)state;
	assert_true(parses("01-" TRACE "-" SPAN "-03", parent));
	assert_string_equal(parent, "00-" TRACE "-" SPAN "-03");
	assert_true(parses("cc-" TRACE "-" SPAN "-01-what-comes", parent));
	assert_false(parses("cc-" TRACE "-" SPAN "-01.what-comes", parent));
	assert_false(parses("00-" TRACE "-" SPAN "-01-what-comes", parent));
}

static void test_what_is_no_parent(void **state)
{
	static const char *const texts[] = {
		"",
		"00",
		"ff-" TRACE "-" SPAN "-01",
		"0g-" TRACE "-" SPAN "-01",
		"00-" ZEROS "-" SPAN "-01",
		"00-" TRACE "-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
		"00-" TRACE "-" SPAN "-1",
		"00-" TRACE "-" SPAN "-0x",
		"00_" TRACE "-" SPAN "-01",
		"00-" TRACE "_" SPAN "-01",
		"00-" TRACE "-" SPAN "_01",
		"00-" TRACE SPAN "--01 ",
	};
	char parent[TRACE_PARENT_LENGTH + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parses(texts[i], parent))
			fail_msg("\"%s\" was taken", texts[i]);
}

static bool sampled(const char *flags)
{
	char text[64], parent[TRACE_PARENT_LENGTH + 1];

	snprintf(text, sizeof(text), "00-" TRACE "-" SPAN "-%s", flags);
	assert_true(parses(text, parent));
	return trace_parent_sampled(parent);
}

static void test_sampled(void **state)
{
	(void)state;
	assert_true(sampled("01"));
	assert_true(sampled("09"));
	assert_true(sampled("fb"));
	assert_true(sampled("0d"));
	assert_true(sampled("0f"));
	assert_false(sampled("00"));
	assert_false(sampled("10"));
	assert_false(sampled("0a"));
	assert_false(sampled("0c"));
	assert_false(sampled("fe"));
}

static void test_request_ids(void **state)
{
	char longest[TRACE_REQUEST_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_true(trace_request_valid("a", 1));
	assert_true(trace_request_valid("Az09._-:+/=", 11));
	assert_true(trace_request_valid(longest, TRACE_REQUEST_MAX));
	assert_false(trace_request_valid(longest, TRACE_REQUEST_MAX + 1));
	assert_false(trace_request_valid("", 0));
	assert_false(trace_request_valid("a b", 3));
	assert_false(trace_request_valid("a\0b", 3));
	assert_false(trace_request_valid("a\"", 2));
	assert_false(trace_request_valid("a\n", 2));
	assert_false(trace_request_valid("caf\xc3\xa9", 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parents),
		cmocka_unit_test(test_later_versions),
		cmocka_unit_test(test_what_is_no_parent),
		cmocka_unit_test(test_sampled),
		cmocka_unit_test(test_request_ids),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
