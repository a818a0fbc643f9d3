#include "common/json.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/unit/unit.h"

/* Only checked texts may be read. */
static struct json_value root(const char *text)
{
	assert_null(json_check(text, strlen(text)));
	return json_root(text, strlen(text));
}

static void assert_text(struct json_value value, const char *expected)
{
	if (value.length != strlen(expected) ||
	    memcmp(value.text, expected, value.length) != 0)
		fail_msg("\"%.*s\" is not \"%s\"", (int)value.length,
			 value.text, expected);
}

/* The string unescaped, NUL-terminated, in a static buffer. */
static const char *unescaped(struct json_value string)
{
	static char text[256];
	size_t length;

	assert_int_equal(string.kind, JSON_STRING);
	assert_true(json_string_size(string) < sizeof(text));
	length = json_string(string, text);
	assert_true(length <= json_string_size(string));
	text[length] = '\0';
	return text;
}

/* ---- reading ---- */

static void test_root_kinds(void **state)
{
	(void)state;
	assert_int_equal(root("null").kind, JSON_NULL);
	assert_int_equal(root("false").kind, JSON_FALSE);
	assert_int_equal(root("true").kind, JSON_TRUE);
	assert_int_equal(root("-1.5").kind, JSON_NUMBER);
	assert_int_equal(root("\"a\"").kind, JSON_STRING);
	assert_int_equal(root("[1]").kind, JSON_ARRAY);
	assert_int_equal(root("{}").kind, JSON_OBJECT);
	assert_text(root(" \n { \"a\" : [ 1 ] } \t"), "{ \"a\" : [ 1 ] }");
	assert_text(root(" 12 "), "12");
	assert_text(root("\"a\\\"b\" "), "\"a\\\"b\"");
}

static void test_member(void **state)
{
	struct json_value object = root(
		"{ \"a\" : 1 , \"nested\":{\"b\":\"}\"}, \"list\":[\"]\",{}], "
		"\"\\u00e9\":true, \"last\" : null }");
	struct json_value value;

	(void)state;
	assert_true(json_member(object, "a", &value));
	assert_text(value, "1");
	assert_true(json_member(object, "nested", &value));
	assert_text(value, "{\"b\":\"}\"}");
	assert_true(json_member(value, "b", &value));
	assert_string_equal(unescaped(value), "}");
	assert_true(json_member(object, "list", &value));
	assert_text(value, "[\"]\",{}]");
	assert_true(json_member(object, "\xc3\xa9", &value));
	assert_int_equal(value.kind, JSON_TRUE);
	assert_true(json_member(object, "last", &value));
	assert_int_equal(value.kind, JSON_NULL);
	/* of a nested object, another case, a part of a name, nothing */
	assert_false(json_member(object, "b", &value));
	assert_false(json_member(object, "A", &value));
	assert_false(json_member(object, "nest", &value));
	assert_false(json_member(object, "", &value));
	assert_false(json_member(root("[\"a\"]"), "a", &value));
	assert_false(json_member(root("{}"), "a", &value));
}

static void test_member_with_a_long_escaped_name(void **state)
{
	struct buf buf = BUF_INIT;
	struct json_value value;

	(void)state;
	buf_append_text(&buf, "{\"");
	for (int i = 0; i < 300; i++)
		buf_append_text(&buf, "\\n");
	buf_append_text(&buf, "\":1,\"x\":2}");
	assert_true(json_member(root(buf.data), "x", &value));
	assert_text(value, "2");
	buf_release(&buf);
}

static void test_walks_an_object(void **state)
{
	struct json_value object =
		root("{\"a\":1 , \"b\" : [2,3],\"c\":\"x\"}");
	struct json_value name, value;
	size_t position = 0;

	(void)state;
	assert_true(json_next(object, &position, &name, &value));
	assert_text(name, "\"a\"");
	assert_text(value, "1");
	assert_true(json_next(object, &position, &name, &value));
	assert_text(name, "\"b\"");
	assert_text(value, "[2,3]");
	assert_true(json_next(object, &position, NULL, &value));
	assert_text(value, "\"x\"");
	assert_false(json_next(object, &position, &name, &value));
}

static void test_walks_an_array(void **state)
{
	struct json_value array = root("[ 1, \"two\" ,[3], {\"4\":4} ]");
	struct json_value value;
	size_t position = 0;
	unsigned count = 0;

	(void)state;
	while (json_next(array, &position, NULL, &value))
		count++;
	assert_int_equal(count, 4);
	assert_text(value, "{\"4\":4}");
	position = 0;
	assert_false(json_next(root("[ ]"), &position, NULL, &value));
	position = 0;
	assert_false(json_next(root("{ }"), &position, NULL, &value));
}

static void test_strings(void **state)
{
	struct json_value plain = root("\"caf\xc3\xa9\"");

	(void)state;
	assert_true(json_string_is_plain(plain));
	assert_string_equal(unescaped(plain), "caf\xc3\xa9");
	assert_string_equal(unescaped(root("\"\"")), "");
	assert_false(json_string_is_plain(root("\"\\n\"")));
	assert_string_equal(unescaped(root("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")),
			    "\"\\/\b\f\n\r\t");
	assert_string_equal(
		unescaped(root("\"\\u0041\\u007f\\u00e9\\u07FF\\u20ac\"")),
		"A\x7f\xc3\xa9\xdf\xbf\xe2\x82\xac");
	assert_string_equal(unescaped(root("\"\\uD83D\\uDE00\\uDBFF\\uDFFF\"")),
			    "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf");
}

static void test_whole_numbers(void **state)
{
	static const char *const other[] = {
		"-1",
		"-0",
		"1.0",
		"1e3",
		"9223372036854775808",
		"\"1\"",
		"true",
		"null",
		"99999999999999999999999999",
	};
	uint64_t value = 7;

	(void)state;
	assert_true(json_u64(root("0"), &value));
	assert_int_equal(value, 0);
	assert_true(json_u64(root("9007199254740993"), &value));
	assert_true(value == UINT64_C(9007199254740993));
	assert_true(json_u64(root("9223372036854775807"), &value));
	assert_true(value == INT64_MAX);
	for (size_t i = 0; i < COUNT_OF(other); i++)
		if (json_u64(root(other[i]), &value))
			fail_row(other[i], "is no whole number of ours");
}

static void test_big_object_is_walked_fast(void **state)
{
	struct buf buf = BUF_INIT;
	struct json_value object, value;
	int64_t start;
	size_t position = 0;
	unsigned count = 0;

	(void)state;
	buf_append_text(&buf, "{\"n\":[");
	for (unsigned i = 0; i < 50000; i++)
		buf_printf(&buf, "%s{\"name%u\":\"\\n%u\"}", i ? "," : "", i,
			   i);
	buf_append_text(&buf, "],\"end\":1}");
	object = root(buf.data);
	start = clock_monotonic_ms();
	assert_true(json_member(object, "end", &value));
	assert_true(json_member(object, "n", &value));
	object = value;
	while (json_next(object, &position, NULL, &value))
		count++;
	assert_int_equal(count, 50000);
	assert_true(clock_monotonic_ms() - start < 2000);
	buf_release(&buf);
}

/* ---- writing ---- */

static void assert_written(const char *text, size_t length,
			   const char *expected)
{
	struct buf buf = BUF_INIT;

	json_append_string(&buf, text, length);
	assert_string_equal(buf.data, expected);
	assert_null(json_check(buf.data, buf.length));
	buf_release(&buf);
}

static void test_writes_strings(void **state)
{
	(void)state;
	assert_written("", 0, "\"\"");
	assert_written("plain", 5, "\"plain\"");
	assert_written("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
	assert_written("\n\r\t", 3, "\"\\n\\r\\t\"");
	assert_written("\b\x01\x1f", 3, "\"\\u0008\\u0001\\u001f\"");
	assert_written("\x7f\xc3\xa9\xe2\x80\xa8", 6,
		       "\"\x7f\xc3\xa9\xe2\x80\xa8\"");
}

/* What is written reads back as it was, for every byte that may occur. */
static void test_round_trip(void **state)
{
	struct buf buf = BUF_INIT;
	struct json_value string;
	char text[127], back[sizeof(text) * 6];
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i + 1);
	json_append_string(&buf, text, sizeof(text));
	string = root(buf.data);
	assert_true(json_string_size(string) <= sizeof(back));
	length = json_string(string, back);
	assert_int_equal(length, sizeof(text));
	assert_memory_equal(back, text, sizeof(text));
	buf_release(&buf);
}

/* At every place of every length around the eight bytes that are looked at
 * together, in bytes that are not far from those that count. */
static void test_plain_end(void **state)
{
	static const char special[] = { '"', '\\', '\0', '\x1f' };
	static const char plain[] = { '!', '#', '[', ']', ' ', '\x7f', '\xff' };
	char text[32] = "";

	(void)state;
	for (size_t length = 0; length <= sizeof(text); length++) {
		for (size_t i = 0; i < length; i++)
			text[i] = plain[i % sizeof(plain)];
		assert_ptr_equal(json_plain_end(text, text + length),
				 text + length);
		for (size_t at = 0; at < 4 * length; at++) {
			char was = text[at / 4];

			text[at / 4] = special[at % 4];
			assert_ptr_equal(json_plain_end(text, text + length),
					 text + at / 4);
			text[at / 4] = was;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_end),
		cmocka_unit_test(test_root_kinds),
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_member_with_a_long_escaped_name),
		cmocka_unit_test(test_walks_an_object),
		cmocka_unit_test(test_walks_an_array),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_whole_numbers),
		cmocka_unit_test(test_big_object_is_walked_fast),
		cmocka_unit_test(test_writes_strings),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
