/* links: indexer */

#include "indexer/documents.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct verdict judge(long status, const char *type)
{
	struct verdict verdict = { FAULT_NONE, NULL, "" };

	documents_judge(status, type, &verdict);
	return verdict;
}

static void test_stored_or_newer(void **state)
{
	(void)state;
	assert_int_equal(judge(200, "").fault, FAULT_NONE);
	assert_int_equal(judge(201, "").fault, FAULT_NONE);
	assert_int_equal(judge(409, "version_conflict_engine_exception").fault,
			 FAULT_NONE);
}

static void test_later(void **state)
{
	static const long statuses[] = { 404, 429, 500, 502, 503, 504 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		struct verdict verdict = judge(statuses[i], "some_exception");

		assert_int_equal(verdict.fault, FAULT_TEMPORARY);
		assert_null(verdict.reason);
	}
}

static void test_never(void **state)
{
	struct verdict verdict = judge(400, "document_parsing_exception");

	(void)state;
	assert_int_equal(verdict.fault, FAULT_PERMANENT);
	assert_string_equal(verdict.reason, REASON_REJECTED);
	assert_string_equal(verdict.detail, "the search engine answers 400 "
					    "document_parsing_exception");
}

static void test_without_an_engine(void **state)
{
	struct documents *documents = documents_new(NULL);
	struct event event = { .type = EVENT_MESSAGE_CREATED };
	const struct event *events[] = { &event };
	struct verdict verdict = { FAULT_NONE, NULL, "" };
	struct error error = ERROR_INIT;

	(void)state;
	assert_non_null(documents);
	assert_int_equal(
		documents_write(documents, events, 1, &verdict, &error),
		FAULT_NONE);
	assert_int_equal(verdict.fault, FAULT_NONE);
	documents_free(&documents);
	documents_free(&documents);
}

static void test_engine_away(void **state)
{
	struct elastic *elastic = elastic_new("http://127.0.0.1:1");
	struct documents *documents = documents_new(elastic);
	struct event event = { .type = EVENT_MESSAGE_CREATED };
	const struct event *events[] = { &event };
	struct verdict verdict = { FAULT_NONE, NULL, "" };
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(
		documents_write(documents, events, 1, &verdict, &error),
		FAULT_TEMPORARY);
	assert_true(error.text[0] != '\0');
	documents_free(&documents);
	elastic_free(&elastic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stored_or_newer),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_without_an_engine),
		cmocka_unit_test(test_engine_away),
	};

	return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
