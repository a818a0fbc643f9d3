/* links: api */
#include "api/search_engine.h"

#include "common/clock.h"
#include "tests/unit/unit.h"

/* The discard port: nothing answers there. */
#define NOBODY "http://127.0.0.1:9"

struct asked {
	struct elastic *elastic;
	struct search_breaker breaker;
	struct text_query query;
	struct search_request request;
};

static void begin(struct asked *asked, const char *text)
{
	*asked = (struct asked){
		.elastic = elastic_new(NOBODY),
		.breaker = SEARCH_BREAKER_INIT,
		.request = { .application_id = 1,
			     .text = text,
			     .length = strlen(text),
			     .limit = 10,
			     .deadline_ms = clock_monotonic_ms() + 2000 },
	};
	assert_non_null(asked->elastic);
	assert_true(text_query_init(&asked->query, text, strlen(text), false));
}

static void end(struct asked *asked)
{
	text_query_release(&asked->query);
	elastic_free(&asked->elastic);
}

static enum fault ask(struct asked *asked, struct error *error)
{
	struct search_result result;

	return search_engine_run(asked->elastic, &asked->breaker,
				 &asked->request, &asked->query, &result,
				 error);
}

/* After some refusals nobody is asked any more. */
static void test_shuts(void **state)
{
	struct asked asked;
	struct error error = ERROR_INIT;

	(void)state;
	begin(&asked, "hello");
	for (unsigned i = 0; i < SEARCH_BREAKER_FAILURES; i++) {
		assert_int_equal(ask(&asked, &error), FAULT_TEMPORARY);
		assert_int_not_equal(error.code, SEARCH_ENGINE_SHUT);
	}
	assert_int_equal(ask(&asked, &error), FAULT_TEMPORARY);
	assert_int_equal(error.code, SEARCH_ENGINE_SHUT);
	end(&asked);
}

static void test_too_late(void **state)
{
	struct asked asked;
	struct error error = ERROR_INIT;

	(void)state;
	begin(&asked, "hello");
	asked.request.deadline_ms = clock_monotonic_ms();
	assert_int_equal(ask(&asked, &error), FAULT_TEMPORARY);
	assert_int_equal(error.code, SEARCH_ENGINE_SHUT);
	assert_false(search_breaker_is_open(&asked.breaker));
	end(&asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shuts),
		cmocka_unit_test(test_too_late),
	};
	int failed;

	if (!elastic_library_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	elastic_library_release();
	return failed;
}
