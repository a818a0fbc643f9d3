#include "common/buf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static void test_starts_empty(void **state)
{
	struct buf buf = BUF_INIT;
	size_t length = 7;

	(void)state;
	assert_int_equal(buf.length, 0);
	assert_false(buf.failed);
	assert_null(buf_take(&buf, &length));
	buf_clear(&buf);
	buf_release(&buf);
}

static void test_appends_text_and_numbers(void **state)
{
	struct buf buf = BUF_INIT;

	(void)state;
	buf_append_text(&buf, "a=");
	buf_append_u64(&buf, 0);
	buf_append_char(&buf, ' ');
	buf_append_u64(&buf, UINT64_MAX);
	buf_append_char(&buf, ' ');
	buf_append_i64(&buf, INT64_MIN);
	buf_append_char(&buf, ' ');
	buf_append_i64(&buf, INT64_MAX);
	buf_printf(&buf, " %s-%03d", "x", 7);
	assert_string_equal(buf.data,
			    "a=0 18446744073709551615 -9223372036854775808 "
			    "9223372036854775807 x-007");
	assert_int_equal(buf.length, strlen(buf.data));
	buf_release(&buf);
	assert_null(buf.data);
}

static void test_holds_nul_bytes_and_ends_with_one(void **state)
{
	struct buf buf = BUF_INIT;

	(void)state;
	buf_append(&buf, "a\0b", 3);
	buf_append(&buf, NULL, 0);
	assert_int_equal(buf.length, 3);
	assert_memory_equal(buf.data, "a\0b\0", 4);
	buf_release(&buf);
}

static void test_grows_and_keeps_what_it_holds(void **state)
{
	struct buf buf = BUF_INIT;

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		buf_append_char(&buf, (char)('a' + i % 26));
	assert_int_equal(buf.length, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	assert_int_equal(buf.data[100000], '\0');
	buf_release(&buf);
}

static void test_clear_keeps_the_memory(void **state)
{
	struct buf buf = BUF_INIT;
	char *data;

	(void)state;
	buf_append_text(&buf, "something");
	data = buf.data;
	buf_clear(&buf);
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf.data, "");
	buf_append_text(&buf, "else");
	assert_ptr_equal(buf.data, data);
	assert_string_equal(buf.data, "else");
	buf_release(&buf);
}

static void test_reserve_is_written_by_the_caller(void **state)
{
	struct buf buf = BUF_INIT;
	char *at;

	(void)state;
	buf_append_text(&buf, "<");
	at = buf_reserve(&buf, 1000);
	assert_non_null(at);
	memset(at, 'x', 1000);
	buf.length += 1000;
	buf_append_text(&buf, ">");
	assert_int_equal(buf.length, 1002);
	assert_int_equal(buf.data[1000], 'x');
	assert_string_equal(buf.data + 1001, ">");
	buf_release(&buf);
}

/* What cannot be had is asked for: no memory is touched. */
static void test_failure_sticks_until_cleared(void **state)
{
	struct buf buf = BUF_INIT;
	size_t length = 7;

	(void)state;
	buf_append_text(&buf, "kept");
	assert_null(buf_reserve(&buf, SIZE_MAX));
	assert_true(buf.failed);
	buf_append_text(&buf, " not appended");
	assert_int_equal(buf.length, 4);
	assert_null(buf_take(&buf, &length));
	assert_false(buf.failed);

	assert_null(buf_reserve(&buf, SIZE_MAX / 2 + 2));
	assert_true(buf.failed);
	buf_clear(&buf);
	buf_append_text(&buf, "again");
	assert_string_equal(buf.data, "again");
	buf_release(&buf);
}

static void test_take_hands_over(void **state)
{
	struct buf buf = BUF_INIT;
	size_t length = 0;
	char *data;

	(void)state;
	buf_append_text(&buf, "taken");
	data = buf_take(&buf, &length);
	assert_string_equal(data, "taken");
	assert_int_equal(length, 5);
	assert_null(buf.data);
	assert_int_equal(buf.length, 0);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts_empty),
		cmocka_unit_test(test_appends_text_and_numbers),
		cmocka_unit_test(test_holds_nul_bytes_and_ends_with_one),
		cmocka_unit_test(test_grows_and_keeps_what_it_holds),
		cmocka_unit_test(test_clear_keeps_the_memory),
		cmocka_unit_test(test_reserve_is_written_by_the_caller),
		cmocka_unit_test(test_failure_sticks_until_cleared),
		cmocka_unit_test(test_take_hands_over),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
