#include "common/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "tests/unit/unit.h"

/* What was logged since capture_start(), NUL-terminated. */
static char logged[16384];
static int saved, captured;

static void capture_start(void)
{
	char name[] = "/tmp/confab-test-log-XXXXXX";

	captured = mkstemp(name);
	assert_true(captured >= 0);
	unlink(name);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_true(dup2(captured, STDERR_FILENO) >= 0);
}

static const char *capture_end(void)
{
	ssize_t length;

	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	length = pread(captured, logged, sizeof(logged) - 1, 0);
	close(captured);
	assert_true(length >= 0);
	logged[length] = '\0';
	return logged;
}

static const char *log_value(bool json, const char *value)
{
	log_init("tester", LOG_INFO, json);
	capture_start();
	log_event(LOG_INFO, "happened", LOG_TEXT("value", value),
		  LOG_NUMBER("number", -5));
	return capture_end();
}

static void assert_one_line(const char *text)
{
	size_t length = strlen(text);

	assert_true(length > 0);
	assert_ptr_equal(strpbrk(text, "\n\r\v\f"), text + length - 1);
	assert_int_equal(text[length - 1], '\n');
}

static void test_text_line(void **state)
{
	const char *line = log_value(false, "plain");

	(void)state;
	assert_one_line(line);
	assert_string_equal(line + strlen("2025-10-27T12:00:00.000Z"),
			    " info tester happened value=plain number=-5\n");
	assert_int_equal(line[10], 'T');
}

static void test_json_line(void **state)
{
	const char *line = log_value(true, "plain");
	struct json_value object, value;

	(void)state;
	assert_one_line(line);
	assert_null(json_check(line, strlen(line)));
	object = json_root(line, strlen(line));
	assert_true(json_member(object, "time", &value));
	assert_true(json_member(object, "level", &value));
	assert_memory_equal(value.text, "\"info\"", 6);
	assert_true(json_member(object, "daemon", &value));
	assert_memory_equal(value.text, "\"tester\"", 8);
	assert_true(json_member(object, "event", &value));
	assert_memory_equal(value.text, "\"happened\"", 10);
	assert_true(json_member(object, "number", &value));
	assert_memory_equal(value.text, "-5", 2);
}

static void test_text_values_are_quoted_when_they_need_it(void **state)
{
	(void)state;
	assert_non_null(strstr(log_value(false, ""), " value=\"\" "));
	assert_non_null(strstr(log_value(false, "a b"), " value=\"a b\" "));
	assert_non_null(strstr(log_value(false, "a=b"), " value=\"a=b\" "));
	assert_non_null(
		strstr(log_value(false, "a\"b\\"), " value=\"a\\\"b\\\\\" "));
}

/* No value makes a line of its own, nor hides in one. */
static void test_control_characters(void **state)
{
	static const char *const values[] = {
		"a\nfake line",
		"a\rb",
		"a\x1b[31mred",
		"a\x7f"
		"b",
		"\x01\x02\x1f",
		"a\xe2\x80\xa8"
		"b",
		"a\xe2\x80\xa9"
		"b",
	};

	(void)state;
	for (int json = 0; json < 2; json++)
		for (size_t i = 0; i < COUNT_OF(values); i++) {
			const char *line = log_value(json, values[i]);

			assert_one_line(line);
			assert_null(strpbrk(line, "\x1b\x7f\x01"));
			assert_null(strstr(line, "\xe2\x80\xa8"));
			assert_null(strstr(line, "\xe2\x80\xa9"));
			if (json)
				assert_null(json_check(line, strlen(line)));
		}
}

/* Many times `unit`, behind a few other characters. */
static void fill(char *value, size_t size, size_t shift, const char *unit)
{
	size_t step = strlen(unit);

	memset(value, 'x', shift);
	for (size_t at = shift; at + step < size; at += step)
		memcpy(value + at, unit, step + 1);
}

/* A value from outside may be of any length and of any bytes. The shift puts
 * the end of the line at each place of a unit. */
static void test_long_and_broken_values_leave_a_good_line(void **state)
{
	static const char *const units[] = { "x",    "\n",
					     "\"",   "\xc3\xa9",
					     "\xff", "\xf0\x9f\x98\x80" };
	char value[8192];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(units) * 8; i++) {
		const char *line;

		fill(value, sizeof(value), 3 + i % 8, units[i / 8]);
		line = log_value(false, value);
		assert_one_line(line);
		assert_non_null(strstr(line, " value=\"xxx"));
		line = log_value(true, value);
		assert_one_line(line);
		if (json_check(line, strlen(line)))
			fail_row(units[i / 8], "is no JSON: %s", line);
	}
}

/* A field that does not fit is left out whole. */
static void test_full_line_leaves_fields_out(void **state)
{
	char value[2000];

	(void)state;
	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (size_t cut = 0; cut < 200; cut++) {
		const char *line;

		value[sizeof(value) - 1 - cut] = '\0';
		line = log_value(true, value);
		assert_one_line(line);
		assert_null(json_check(line, strlen(line)));
	}
	assert_non_null(strstr(logged, ",\"number\":-5}\n"));
}

static void test_levels(void **state)
{
	(void)state;
	log_init("tester", LOG_WARNING, false);
	capture_start();
	log_event(LOG_DEBUG, "one");
	log_event(LOG_INFO, "two");
	log_event(LOG_WARNING, "three");
	log_event(LOG_ERROR, "four");
	capture_end();
	assert_null(strstr(logged, "one"));
	assert_null(strstr(logged, "two"));
	assert_non_null(strstr(logged, " warning tester three\n"));
	assert_non_null(strstr(logged, " error tester four\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_line),
		cmocka_unit_test(test_json_line),
		cmocka_unit_test(test_text_values_are_quoted_when_they_need_it),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_long_and_broken_values_leave_a_good_line),
		cmocka_unit_test(test_full_line_leaves_fields_out),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
