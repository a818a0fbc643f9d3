#include "common/sql.h"

#include "common/sql_error.h"
#include "tests/unit/unit.h"

static void assert_all(const unsigned *codes, size_t count, enum fault fault)
{
	for (size_t i = 0; i < count; i++) {
		if (sql_classify(codes[i]) != fault)
			fail_msg("%u is %s, not %s", codes[i],
				 fault_name(sql_classify(codes[i])),
				 fault_name(fault));
	}
}

#define ASSERT_ALL(codes, fault)                                               \
	assert_all(codes, sizeof(codes) / sizeof((codes)[0]), fault)

static void test_infrastructure_is_temporary(void **state)
{
	static const unsigned codes[] = {
		1021, 1037, 1038, 1040, 1041, 1053, 1114, 1129, 1152, 1158,
		1159, 1160, 1161, 1203, 1205, 1213, 1226, 1290, 1317, 1461,
		1615, 1836, 1927, 1969, 3024, 3032, 3101, 3168, 3169, 3572,
		4031, 2002, 2003, 2005, 2006, 2026, 2030, 2056, 2061,
	};

	(void)state;
	ASSERT_ALL(codes, FAULT_TEMPORARY);
}

static void test_rights_and_missing_schema_are_temporary(void **state)
{
	static const unsigned codes[] = { 1044, 1045, 1049, 1054,
					  1142, 1143, 1146, 1370 };

	(void)state;
	ASSERT_ALL(codes, FAULT_TEMPORARY);
}

static void test_data_is_permanent(void **state)
{
	static const unsigned codes[] = { 1048, 1062, 1153, 1264, 1265,
					  1292, 1366, 1406, 1690, 2020,
					  3140, 3819, 4025 };

	(void)state;
	ASSERT_ALL(codes, FAULT_PERMANENT);
}

static void test_lost_answer_is_unsure(void **state)
{
	static const unsigned codes[] = { 1180, 2013, 2027, 2055, 2999 };

	(void)state;
	ASSERT_ALL(codes, FAULT_UNSURE);
}

static void test_wrong_statement_is_a_bug(void **state)
{
	static const unsigned codes[] = { 1064, 1136, 1295, 1390, 2014, 2031 };

	(void)state;
	ASSERT_ALL(codes, FAULT_BUG);
}

static void test_unknown_goes_by_sqlstate(void **state)
{
	(void)state;
	assert_int_equal(sql_classify(0), FAULT_NONE);
	assert_int_equal(sql_classify(9001), FAULT_TEMPORARY);
	assert_int_equal(sql_classify_state(9001, "HY000"), FAULT_TEMPORARY);
	assert_int_equal(sql_classify_state(9001, "22012"), FAULT_PERMANENT);
	assert_int_equal(sql_classify_state(9001, "23000"), FAULT_PERMANENT);
	assert_int_equal(sql_classify_state(9001, ""), FAULT_TEMPORARY);
	/* the number is known: the state is not asked */
	assert_int_equal(sql_classify_state(1180, "22000"), FAULT_UNSURE);
}

static void test_what_ends_a_connection(void **state)
{
	(void)state;
	assert_true(sql_error_ends_connection(2006));
	assert_true(sql_error_ends_connection(2013));
	assert_true(sql_error_ends_connection(1053));
	assert_true(sql_error_ends_connection(1290));
	assert_false(sql_error_ends_connection(0));
	assert_false(sql_error_ends_connection(1062));
	assert_false(sql_error_ends_connection(1213));
	assert_false(sql_error_ends_connection(2030));
	assert_true(sql_error_loses_statement(1243));
	assert_true(sql_error_loses_statement(1615));
	assert_false(sql_error_loses_statement(2006));
}

static void check_text(unsigned code, const char *message, const char *expected)
{
	struct error error = ERROR_INIT;
	enum fault fault = sql_error_set(&error, code, "HY000", message);

	assert_int_equal(fault, sql_classify(code));
	assert_int_equal(error.fault, fault);
	assert_int_equal(error.code, code);
	assert_string_equal(error.text, expected);
}

static void test_values_are_cut_out(void **state)
{
	(void)state;
	check_text(1062, "Duplicate entry '1-for key -2' for key 'PRIMARY'",
		   "Duplicate entry '...' for key 'PRIMARY'");
	check_text(1366,
		   "Incorrect string value: '\\xFF' for column `c`.`m`.`body`"
		   " at row 1",
		   "Incorrect string value: '...' for column `c`.`m`.`body`"
		   " at row 1");
	check_text(1064, "You have an error near 'secret' at line 1",
		   "You have an error near '...'");
	check_text(1292, "Truncated incorrect DOUBLE value: 'secret for you'",
		   "Truncated incorrect DOUBLE value: '...'");
}

static void test_names_stay(void **state)
{
	(void)state;
	check_text(1406, "Data too long for column 'body' at row 1",
		   "Data too long for column 'body' at row 1");
	check_text(1146, "Table 'confab.chats' doesn't exist",
		   "Table 'confab.chats' doesn't exist");
	check_text(1045, "Access denied for user 'a'@'b' (using password: YES)",
		   "Access denied for user 'a'@'b' (using password: YES)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_infrastructure_is_temporary),
		cmocka_unit_test(test_rights_and_missing_schema_are_temporary),
		cmocka_unit_test(test_data_is_permanent),
		cmocka_unit_test(test_lost_answer_is_unsure),
		cmocka_unit_test(test_wrong_statement_is_a_bug),
		cmocka_unit_test(test_unknown_goes_by_sqlstate),
		cmocka_unit_test(test_what_ends_a_connection),
		cmocka_unit_test(test_values_are_cut_out),
		cmocka_unit_test(test_names_stay),
	};

	return cmocka_run_group_tests_name("sql_classify", tests, NULL, NULL);
}
