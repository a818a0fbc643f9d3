#include "common/elastic.h"

#include <string.h>

#include "common/elastic_state.h"
#include "common/json.h"
#include "tests/unit/unit.h"

static void test_statuses(void **state)
{
	static const struct {
		long status;
		enum fault fault;
	} table[] = {
		{ 200, FAULT_NONE },	  { 201, FAULT_NONE },
		{ 409, FAULT_NONE },	  { 429, FAULT_TEMPORARY },
		{ 500, FAULT_TEMPORARY }, { 503, FAULT_TEMPORARY },
		{ 404, FAULT_TEMPORARY }, { 401, FAULT_TEMPORARY },
		{ 403, FAULT_TEMPORARY }, { 408, FAULT_TEMPORARY },
		{ 400, FAULT_PERMANENT }, { 413, FAULT_PERMANENT },
		{ 422, FAULT_PERMANENT }, { 302, FAULT_TEMPORARY },
		{ 0, FAULT_TEMPORARY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(elastic_classify(table[i].status),
				 table[i].fault);
}

struct seen {
	size_t count;
	long statuses[8];
	char types[8][64];
};

static void see(void *context, size_t action, long status, const char *type)
{
	struct seen *seen = context;

	assert_int_equal(action, seen->count);
	seen->statuses[action] = status;
	snprintf(seen->types[action], sizeof(seen->types[action]), "%s", type);
	seen->count++;
}

static enum fault read_answer(const char *body, size_t actions,
			      struct seen *seen)
{
	struct error error = ERROR_INIT;

	memset(seen, 0, sizeof(*seen));
	return elastic_read_bulk_answer(body, strlen(body), actions, see, seen,
					&error);
}

static void test_mixed_answer(void **state)
{
	static const char body[] =
		"{\"errors\":true,\"took\":3,\"items\":["
		"{\"index\":{\"_id\":\"1-1-1\",\"status\":201}},"
		"{\"index\":{\"status\":409,\"error\":{\"type\":\"version_"
		"conflict_engine_exception\",\"reason\":\"secret\"}}},"
		"{\"index\":{\"status\":429,\"error\":{\"type\":\"es_rejected_"
		"execution_exception\"}}},"
		"{\"index\":{\"status\":400,\"error\":{\"type\":\"document_"
		"parsing_exception\"}}},"
		"{\"create\":{\"status\":503}}]}";
	struct seen seen;

	(void)state;
	assert_int_equal(read_answer(body, 5, &seen), FAULT_NONE);
	assert_int_equal(seen.count, 5);
	assert_int_equal(seen.statuses[0], 201);
	assert_string_equal(seen.types[0], "");
	assert_int_equal(seen.statuses[1], 409);
	assert_string_equal(seen.types[1], "version_conflict_engine_exception");
	assert_int_equal(seen.statuses[2], 429);
	assert_int_equal(seen.statuses[3], 400);
	assert_string_equal(seen.types[3], "document_parsing_exception");
	assert_int_equal(seen.statuses[4], 503);
}

/* An alias that takes no writes is away for who writes; another 400 is the
 * document's. */
static void test_alias_without_writes(void **state)
{
	static const char body[] =
		"{\"errors\":true,\"items\":["
		"{\"index\":{\"status\":400,\"error\":{\"type\":"
		"\"illegal_argument_exception\",\"reason\":\"no write index is "
		"defined for alias [confab-messages]. The rest\"}}},"
		"{\"index\":{\"status\":400,\"error\":{\"type\":"
		"\"illegal_argument_exception\",\"reason\":\"no\"}}}]}";
	struct seen seen;

	(void)state;
	assert_int_equal(read_answer(body, 2, &seen), FAULT_NONE);
	assert_int_equal(seen.statuses[0], 404);
	assert_int_equal(seen.statuses[1], 400);
}

static void test_answers_that_say_nothing(void **state)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		"[]",
		"{}",
		"{\"items\":{}}",
		"{\"items\":[]}",
		"{\"items\":[{\"index\":{\"status\":200}}]}",
		"{\"items\":[{\"index\":{\"status\":200}},7]}",
		"{\"items\":[{\"index\":{\"status\":200}},{}]}",
		"{\"items\":[{\"index\":{\"status\":200}},{\"index\":{}}]}",
		"{\"items\":[{\"index\":{\"status\":200}},"
		"{\"index\":{\"status\":\"200\"}}]}",
		"{\"items\":[{\"index\":{\"status\":200}},"
		"{\"index\":{\"status\":200}},{\"index\":{\"status\":200}}]}",
	};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		if (read_answer(bodies[i], 2, &seen) != FAULT_UNSURE)
			fail_row(bodies[i], "was taken");
	}
}

static struct event make_event(void)
{
	struct event event = {
		.type = EVENT_MESSAGE_CREATED,
		.generation = 2,
		.revision = 1,
		.application_id = 12,
		.chat_number = 3,
		.number = 45,
		.at_ms = 1761566400123,
	};

	event.body = "Caf\xc3\xa9 \"au\" LAIT\n";
	event.body_length = strlen(event.body);
	return event;
}

static void test_document_of_a_new_message(void **state)
{
	struct event event = make_event();
	struct buf out = BUF_INIT;

	(void)state;
	elastic_append_document(&event, &out);
	assert_false(out.failed);
	assert_string_equal(
		out.data,
		"{\"index\":{\"_id\":\"12-3-45\",\"routing\":\"12\","
		"\"version\":8589934593,\"version_type\":\"external\"}}\n"
		"{\"app\":12,\"chat\":3,\"number\":45,"
		"\"created_at\":1761566400123,"
		"\"body\":\"Caf\xc3\xa9 \\\"au\\\" LAIT\\n\","
		"\"text\":\"cafe au lait\"}\n");
	buf_release(&out);
}

static void test_document_for_another_index(void **state)
{
	static const char start[] =
		"{\"index\":{\"_index\":\"other\",\"_id\":\"12-3-45\",";
	struct event event = make_event();
	struct buf out = BUF_INIT;

	(void)state;
	elastic_append_document_to("other", &event, &out);
	assert_false(out.failed);
	assert_memory_equal(out.data, start, sizeof(start) - 1);
	buf_release(&out);
}

static void test_fit(void **state)
{
	struct elastic_state none = { 0 };
	struct elastic_state good = { .current = { "confab-messages-v1",
						   ELASTIC_MAPPING_VERSION } };
	struct elastic_state newer = {
		.current = { "confab-messages-v1", ELASTIC_MAPPING_VERSION + 1 }
	};
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(elastic_check_fit(&none, &error), FAULT_NONE);
	assert_int_equal(elastic_check_fit(&good, &error), FAULT_NONE);
	assert_int_equal(elastic_check_fit(&newer, &error), FAULT_TEMPORARY);
	assert_int_equal(error.code, ELASTIC_MISFIT);
	assert_non_null(strstr(error.text, "run confabctl reindex"));
}

static void test_document_of_an_edit(void **state)
{
	struct event event = make_event();
	struct buf out = BUF_INIT;

	(void)state;
	event.type = EVENT_MESSAGE_UPDATED;
	event.revision = 7;
	event.created_at_ms = 1761000000000;
	event.body = "!?";
	event.body_length = 2;
	elastic_append_document(&event, &out);
	assert_non_null(strstr(out.data, "\"version\":8589934599,"));
	assert_non_null(strstr(out.data, "\"created_at\":1761000000000,"));
	assert_non_null(strstr(out.data, "\"text\":\"\"}"));
	buf_release(&out);
}

/* A row that was replaced by a newer generation begins at revision 1. */
static void test_version_is_by_generation_first(void **state)
{
	struct event event = make_event();
	struct buf out = BUF_INIT;

	(void)state;
	event.generation = 3;
	elastic_append_document(&event, &out);
	assert_non_null(strstr(out.data, "\"version\":12884901889,"));
	buf_clear(&out);
	event.generation = event.revision = UINT32_MAX;
	elastic_append_document(&event, &out);
	assert_non_null(strstr(out.data, "\"version\":9223372036854775807,"));
	buf_release(&out);
}

static void test_largest_id_fits(void **state)
{
	struct event event = make_event();
	char id[ELASTIC_ID_SIZE];

	(void)state;
	event.application_id = event.chat_number = event.number = UINT64_MAX;
	elastic_document_id(&event, id, sizeof(id));
	assert_int_equal(strlen(id), sizeof(id) - 1);
}

static void test_no_engine(void **state)
{
	struct elastic *elastic = elastic_new("");
	struct error error = ERROR_INIT;

	(void)state;
	assert_non_null(elastic);
	assert_int_equal(elastic_ensure_index(elastic, &error),
			 FAULT_TEMPORARY);
	elastic_free(&elastic);
	elastic_free(&elastic);
}

static void test_error_has_no_password(void **state)
{
	struct elastic *elastic = elastic_new("http://me:secret@127.0.0.1:1/");
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(elastic_ensure_index(elastic, &error),
			 FAULT_TEMPORARY);
	assert_true(error.text[0] != '\0');
	assert_null(strstr(error.text, "secret"));
	elastic_free(&elastic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_mixed_answer),
		cmocka_unit_test(test_alias_without_writes),
		cmocka_unit_test(test_answers_that_say_nothing),
		cmocka_unit_test(test_document_of_a_new_message),
		cmocka_unit_test(test_document_for_another_index),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_document_of_an_edit),
		cmocka_unit_test(test_version_is_by_generation_first),
		cmocka_unit_test(test_largest_id_fits),
		cmocka_unit_test(test_no_engine),
		cmocka_unit_test(test_error_has_no_password),
	};

	return cmocka_run_group_tests_name("elastic", tests, NULL, NULL);
}
