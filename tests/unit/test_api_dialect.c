/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/dialect.h"

static const struct record record = {
	.token = "0123456789abcdef0123456789abcdef",
	.name = "A \"name\"",
	.name_length = 8,
	.chats_count = 2,
	.messages_count = 3,
	.created_at_ms = INT64_C(1761566400000),
	.updated_at_ms = INT64_C(1761566400001),
	.number = 4,
	.chat_number = 5,
	.body = "hi",
	.body_length = 2,
	.score = 1.5,
	.job_id = "job",
};

static void expect(const struct member *shape, const char *json)
{
	struct buf out = BUF_INIT;

	dialect_render(shape, &record, &out);
	assert_string_equal(out.data, json);
	buf_release(&out);
}

static void prefixes_are_whole_segments(void **state)
{
	const char *rest;

	(void)state;
	assert_ptr_equal(dialect_find("/applications", &rest),
			 &dialect_canonical);
	assert_string_equal(rest, "");
	assert_string_equal(dialect_find("/apps/x", &rest)->prefix, "/apps");
	assert_string_equal(rest, "/x");
	assert_non_null(dialect_find("/api/v1/chat_applications/x", &rest));
	assert_null(dialect_find("/appsx", &rest));
	assert_null(dialect_find("/jobs/1", &rest));
}

static void canonical_shapes(void **state)
{
	const struct dialect *it = &dialect_canonical;

	(void)state;
	expect(it->application,
	       "{\"token\":\"0123456789abcdef0123456789abcdef\","
	       "\"name\":\"A \\\"name\\\"\",\"chats_count\":2,"
	       "\"messages_count\":3,"
	       "\"created_at\":\"2025-10-27T12:00:00.000Z\","
	       "\"updated_at\":\"2025-10-27T12:00:00.001Z\"}");
	expect(it->chat_created, "{\"number\":4,\"job_id\":\"job\"}");
	expect(it->chat, "{\"number\":4,\"messages_count\":3,"
			 "\"created_at\":\"2025-10-27T12:00:00.000Z\"}");
	expect(it->hit, "{\"number\":4,\"body\":\"hi\","
			"\"created_at\":\"2025-10-27T12:00:00.000Z\","
			"\"score\":1.5}");
}

static void shapes_of_apps(void **state)
{
	const char *rest;
	const struct dialect *it = dialect_find("/apps", &rest);

	(void)state;
	expect(it->application, "{\"name\":\"A \\\"name\\\"\","
				"\"chat_count\":2}");
	expect(it->chat_created, "{\"chat_number\":4}");
	expect(it->chat, "{\"chat_number\":4,\"messages_count\":3}");
	expect(it->message_created, "{\"message_number\":4}");
	expect(it->message, "{\"matching_score\":1.5,\"body\":\"hi\","
			    "\"message_number\":4}");
	assert_int_equal(it->create_status, 200);
}

static void shapes_of_chat_applications(void **state)
{
	const char *rest;
	const struct dialect *it = dialect_find("/chat_applications", &rest);

	(void)state;
	expect(it->chat_created, "{\"number\":4,\"messages_count\":3}");
	expect(it->message_created, "{\"number\":4}");
	expect(it->message, "{\"number\":4,\"body\":\"hi\"}");
	assert_int_equal(it->create_status, 201);
}

static void system_wide_shapes(void **state)
{
	(void)state;
	expect(dialect_system_chat,
	       "{\"chat_number\":5,\"messages_count\":3,"
	       "\"app_token\":\"0123456789abcdef0123456789abcdef\"}");
	expect(dialect_system_message,
	       "{\"app_token\":\"0123456789abcdef0123456789abcdef\","
	       "\"chat_number\":5,\"message_number\":4,\"body\":\"hi\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_whole_segments),
		cmocka_unit_test(canonical_shapes),
		cmocka_unit_test(shapes_of_apps),
		cmocka_unit_test(shapes_of_chat_applications),
		cmocka_unit_test(system_wide_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
