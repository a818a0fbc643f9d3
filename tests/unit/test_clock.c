#include "common/clock.h"

#include <stdlib.h>
#include <time.h>

#include "tests/unit/unit.h"

struct row {
	int64_t wall_ms;
	const char *iso;
	const char *sql;
};

static const struct row rows[] = {
	{ 0, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00.000" },
	{ 1761566400000, "2025-10-27T12:00:00.000Z",
	  "2025-10-27 12:00:00.000" },
	{ 1709251199999, "2024-02-29T23:59:59.999Z",
	  "2024-02-29 23:59:59.999" },
	{ -1, "1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59.999" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z",
	  "9999-12-31 23:59:59.999" },
};

static void test_formats(void **state)
{
	char iso[CLOCK_ISO_SIZE], sql[CLOCK_SQL_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		clock_format_iso(rows[i].wall_ms, iso);
		clock_format_sql(rows[i].wall_ms, sql);
		assert_string_equal(iso, rows[i].iso);
		assert_string_equal(sql, rows[i].sql);
	}
}

static void test_format_ignores_the_time_zone(void **state)
{
	char iso[CLOCK_ISO_SIZE];

	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Kolkata", 1), 0);
	tzset();
	clock_format_iso(1761566400000, iso);
	assert_string_equal(iso, "2025-10-27T12:00:00.000Z");
	unsetenv("TZ");
	tzset();
}

static void test_what_cannot_be_shown_is_the_epoch(void **state)
{
	char iso[CLOCK_ISO_SIZE];

	(void)state;
	clock_format_iso(INT64_C(253402300800000), iso);
	assert_string_equal(iso, "1970-01-01T00:00:00.000Z");
	clock_format_iso(INT64_MAX / 2000, iso);
	assert_int_equal(iso[23], 'Z');
}

static void test_clocks_go_forward(void **state)
{
	int64_t us = clock_monotonic_us();
	int64_t ms = clock_monotonic_ms();
	int64_t wall = clock_wall_ms();

	(void)state;
	clock_sleep_ms(20);
	assert_true(clock_monotonic_us() - us >= 20000);
	assert_true(clock_monotonic_ms() - ms >= 20);
	assert_true(clock_monotonic_ms() - ms < 10000);
	/* 2025 at least: milliseconds, not seconds */
	assert_true(wall > INT64_C(1735689600000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_format_ignores_the_time_zone),
		cmocka_unit_test(test_what_cannot_be_shown_is_the_epoch),
		cmocka_unit_test(test_clocks_go_forward),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
