#include "common/sql_time.h"

#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

static int64_t parse(const char *text)
{
	int64_t ms = -1;

	assert_true(sql_time_parse(text, strlen(text), &ms));
	return ms;
}

static void assert_refused(const char *text)
{
	int64_t ms = 0;

	assert_false(sql_time_parse(text, strlen(text), &ms));
}

static void test_known_times(void **state)
{
	MYSQL_TIME time;

	(void)state;
	sql_time_encode(1761566400123, &time);
	assert_int_equal(time.year, 2025);
	assert_int_equal(time.month, 10);
	assert_int_equal(time.day, 27);
	assert_int_equal(time.hour, 12);
	assert_int_equal(time.minute, 0);
	assert_int_equal(time.second, 0);
	assert_int_equal(time.second_part, 123000);
	assert_int_equal(time.time_type, MYSQL_TIMESTAMP_DATETIME);
	assert_int_equal(sql_time_decode(&time), 1761566400123);
	sql_time_encode(-1, &time);
	assert_int_equal(time.year, 1969);
	assert_int_equal(time.second_part, 999000);
	assert_int_equal(sql_time_decode(&time), -1);
}

/* Against gmtime_r(), over leap years and centuries, at odd times of day. */
static void test_agrees_with_the_c_library(void **state)
{
	const int64_t step_ms = INT64_C(86400000) * 13 + 12345678;

	(void)state;
	for (int64_t ms = INT64_C(-30000000000000); ms < 253402300000000;
	     ms += step_ms) {
		time_t seconds =
			(time_t)((ms - (ms % 1000 + 1000) % 1000) / 1000);
		struct tm tm;
		MYSQL_TIME time;

		assert_non_null(gmtime_r(&seconds, &tm));
		sql_time_encode(ms, &time);
		assert_int_equal(time.year, tm.tm_year + 1900);
		assert_int_equal(time.month, tm.tm_mon + 1);
		assert_int_equal(time.day, tm.tm_mday);
		assert_int_equal(time.hour, tm.tm_hour);
		assert_int_equal(time.minute, tm.tm_min);
		assert_int_equal(time.second, tm.tm_sec);
		assert_int_equal(sql_time_decode(&time), ms);
	}
}

static void test_parses_literals(void **state)
{
	(void)state;
	assert_int_equal(parse("1970-01-01 00:00:00"), 0);
	assert_int_equal(parse("1970-01-01 00:00:00.001"), 1);
	assert_int_equal(parse("1970-01-01 00:00:00.5"), 500);
	assert_int_equal(parse("2025-10-27 12:00:00.123"), 1761566400123);
	assert_int_equal(parse("2025-10-27 12:00:00.123999"), 1761566400123);
	assert_int_equal(parse("2024-02-29 23:59:59.999"), 1709251199999);
}

static void test_refuses_other_texts(void **state)
{
	(void)state;
	assert_refused("");
	assert_refused("2025-10-27");
	assert_refused("2025-10-27T12:00:00.123");
	assert_refused("2025-10-27 12:00:00,123");
	assert_refused("2025-10-27 12:00:00.12x");
	assert_refused("2025-10-27 12:00:00.1234567");
	assert_refused("0000-00-00 00:00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_times),
		cmocka_unit_test(test_agrees_with_the_c_library),
		cmocka_unit_test(test_parses_literals),
		cmocka_unit_test(test_refuses_other_texts),
	};

	return cmocka_run_group_tests_name("sql_time", tests, NULL, NULL);
}
