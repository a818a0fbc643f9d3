/* links: counter */

#include "counter/settle.h"

#include "tests/unit/unit.h"

#define HOUR_MS INT64_C(3600000)

static void test_dense_rows(void **state)
{
	struct settle_mark mark = { 10, 10 };

	(void)state;
	assert_true(settle_advance_dense(&mark, 0, 0));
	assert_int_equal(mark.number, 10);
	assert_true(settle_advance_dense(&mark, 5, 15));
	assert_int_equal(mark.number, 15);
	assert_int_equal(mark.count, 15);
	/* 16 is missing */
	assert_false(settle_advance_dense(&mark, 2, 18));
	assert_int_equal(mark.number, 15);
	assert_int_equal(mark.count, 15);
}

static void test_dense_above_voids(void **state)
{
	struct settle_mark mark = { 10, 8 };

	(void)state;
	assert_true(settle_advance_dense(&mark, 2, 12));
	assert_int_equal(mark.number, 12);
	assert_int_equal(mark.count, 10);
}

static void test_voids_and_dead_letters_fill(void **state)
{
	const struct settle_entry entries[] = {
		{ 1, true, 100 },  { 2, false, 100 }, { 3, true, 100 },
		{ 3, false, 100 }, /* a row with a collision's dead letter */
		{ 4, false, 100 }, { 5, true, 100 },
	};
	struct settle_mark mark = { 0, 0 };

	(void)state;
	assert_true(
		settle_advance(&mark, entries, COUNT_OF(entries), INT64_MIN));
	assert_int_equal(mark.number, 5);
	assert_int_equal(mark.count, 3);
}

static void test_stops_at_a_young_hole(void **state)
{
	const struct settle_entry entries[] = { { 5, true, 100 },
						{ 6, true, 100 },
						{ 8, true, 100 } };
	struct settle_mark mark = { 4, 4 };

	(void)state;
	assert_false(
		settle_advance(&mark, entries, COUNT_OF(entries), INT64_MIN));
	assert_int_equal(mark.number, 6);
	assert_int_equal(mark.count, 6);
	assert_false(settle_advance(&mark, entries, COUNT_OF(entries), 100));
	assert_int_equal(mark.number, 6);
}

static void test_passes_final_holes_up_to_a_young_one(void **state)
{
	const struct settle_entry entries[] = { { 3, true, 100 },
						{ 9, true, 101 },
						{ 20, true, 5000 } };
	struct settle_mark mark = { 0, 0 };

	(void)state;
	assert_false(settle_advance(&mark, entries, COUNT_OF(entries), 4000));
	assert_int_equal(mark.number, 9);
	assert_int_equal(mark.count, 2);
}

static void test_no_entries(void **state)
{
	struct settle_mark mark = { 4, 3 };

	(void)state;
	assert_true(settle_advance(&mark, NULL, 0, INT64_MAX));
	assert_int_equal(mark.number, 4);
	assert_int_equal(mark.count, 3);
}

static void test_when_holes_are_final(void **state)
{
	(void)state;
	/* the mark has stood for long, and the queue has moved on since */
	assert_int_equal(settle_final_before(10 * HOUR_MS, HOUR_MS + 1),
			 9 * HOUR_MS);
	/* it has not stood for long */
	assert_int_equal(settle_final_before(10 * HOUR_MS, HOUR_MS), INT64_MIN);
}

static void test_goes_back_for_late_rows_only(void **state)
{
	const struct settle_mark full = { 10, 10 }, holed = { 10, 9 };

	(void)state;
	assert_false(settle_must_go_back(&full, 3));
	assert_true(settle_must_go_back(&holed, 3));
	assert_true(settle_must_go_back(&holed, 10));
	assert_false(settle_must_go_back(&holed, 11));
}

static void test_done(void **state)
{
	const struct settle_mark mark = { 10, 9 };

	(void)state;
	assert_true(settle_is_done(&mark, 10, 0));
	assert_false(settle_is_done(&mark, 11, 0));
	assert_false(settle_is_done(&mark, 11, 24 * HOUR_MS));
	assert_true(settle_is_done(&mark, 11, 24 * HOUR_MS + 1));
}

static void test_waits(void **state)
{
	(void)state;
	assert_int_equal(settle_wait_ms(0), 500);
	assert_int_equal(settle_wait_ms(60000), 1000);
	assert_int_equal(settle_wait_ms(600000), 10000);
	assert_int_equal(settle_wait_ms(HOUR_MS), 60000);
	assert_int_equal(settle_wait_ms(20 * HOUR_MS), 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dense_rows),
		cmocka_unit_test(test_dense_above_voids),
		cmocka_unit_test(test_voids_and_dead_letters_fill),
		cmocka_unit_test(test_stops_at_a_young_hole),
		cmocka_unit_test(test_passes_final_holes_up_to_a_young_one),
		cmocka_unit_test(test_no_entries),
		cmocka_unit_test(test_when_holes_are_final),
		cmocka_unit_test(test_goes_back_for_late_rows_only),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_waits),
	};

	return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
