/* links: ctl */
#include "ctl/answers.h"
#include "tests/unit/unit.h"

static struct http_answer answer(long status, const char *body)
{
	return (struct http_answer){ .status = status,
				     .body = body,
				     .length = strlen(body) };
}

static void reads_members(void **state)
{
	struct http_answer given =
		answer(202, "{\"number\":7,\"job_id\":\"a\\u00e9b\"}");
	uint64_t number = 0;
	char text[16];

	(void)state;
	assert_true(answers_u64(&given, "number", &number));
	assert_int_equal(number, 7);
	assert_true(answers_text(&given, "job_id", text, sizeof(text)));
	assert_string_equal(text, "a\xc3\xa9"
				  "b");
}

static void refuses_what_does_not_fit(void **state)
{
	static const char *const bodies[] = { "",
					      "7",
					      "[]",
					      "{\"number\":\"7\"}",
					      "{\"number\":-7}",
					      "{\"number\":7} trailing",
					      "<html>" };
	struct http_answer long_one = answer(200, "{\"token\":\"too long\"}");
	char text[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct http_answer given = answer(200, bodies[i]);
		uint64_t number;

		if (answers_u64(&given, "number", &number))
			fail_row(bodies[i], "was taken for a number");
	}
	assert_false(answers_text(&long_one, "token", text, sizeof(text)));
}

static void tells_later_from_never(void **state)
{
	struct http_answer busy =
		answer(503, "{\"detail\":\"numbers are in recovery\"}");
	struct http_answer missing = answer(404, "not JSON");
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(answers_refusal(&busy, &error), FAULT_TEMPORARY);
	assert_string_equal(error.text,
			    "the API answered 503: numbers are in recovery");
	assert_int_equal(answers_refusal(&missing, &error), FAULT_PERMANENT);
	assert_string_equal(error.text, "the API answered 404");
	assert_int_equal(error.code, 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_members),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(tells_later_from_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
