#include "common/uuid.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define TEXT "01932f5e-7c00-7abc-8def-0123456789ab"

static void test_parse_and_format(void **state)
{
	static const uint8_t bytes[16] = { 0x01, 0x93, 0x2f, 0x5e, 0x7c, 0x00,
					   0x7a, 0xbc, 0x8d, 0xef, 0x01, 0x23,
					   0x45, 0x67, 0x89, 0xab };
	struct uuid uuid, upper;
	char text[UUID_TEXT_SIZE];

	(void)state;
	assert_true(uuid_parse(TEXT, 36, &uuid));
	assert_memory_equal(uuid.bytes, bytes, sizeof(bytes));
	uuid_format(&uuid, text);
	assert_string_equal(text, TEXT);
	assert_true(
		uuid_parse("01932F5E-7C00-7ABC-8DEF-0123456789AB", 36, &upper));
	assert_true(uuid_equal(&uuid, &upper));
}

static void test_refuses_other_forms(void **state)
{
	static const char *const bad[] = {
		"",
		"01932f5e-7c00-7abc-8def-0123456789a",
		"01932f5e-7c00-7abc-8def-0123456789abc",
		"01932f5e7c007abc8def0123456789ab",
		"{1932f5e-7c00-7abc-8def-0123456789a}",
		"01932f5e-7c00-7abc-8def_0123456789ab",
		"01932f5e-7c00-7abc-8def-0123456789ag",
		"01932f5-e7c00-7abc-8def-0123456789ab",
		"01932f5e-7c00-7abc-8def-0123456789a ",
	};
	struct uuid uuid;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (uuid_parse(bad[i], strlen(bad[i]), &uuid))
			fail_row(bad[i], "should be refused");
}

static void test_new_carries_the_time(void **state)
{
	const int64_t wall_ms = INT64_C(0x0123456789ab);
	struct uuid uuid;
	char text[UUID_TEXT_SIZE];

	(void)state;
	assert_true(uuid_new(wall_ms, &uuid));
	uuid_format(&uuid, text);
	assert_memory_equal(text, "01234567-89ab-7", 15);
	assert_non_null(strchr("89ab", text[19]));
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static void test_new_is_unique_and_sorts_by_time(void **state)
{
	enum { COUNT = 20000 };
	struct uuid *uuids = calloc(COUNT, sizeof(*uuids));
	struct uuid early, late;

	(void)state;
	assert_non_null(uuids);
	for (int i = 0; i < COUNT; i++)
		assert_true(uuid_new(1, &uuids[i]));
	qsort(uuids, COUNT, sizeof(*uuids), compare);
	for (int i = 1; i < COUNT; i++)
		assert_false(uuid_equal(&uuids[i - 1], &uuids[i]));
	free(uuids);

	assert_true(uuid_new(1000, &early));
	assert_true(uuid_new(1001, &late));
	assert_true(compare(&early, &late) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_format),
		cmocka_unit_test(test_refuses_other_forms),
		cmocka_unit_test(test_new_carries_the_time),
		cmocka_unit_test(test_new_is_unique_and_sorts_by_time),
	};

	return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
