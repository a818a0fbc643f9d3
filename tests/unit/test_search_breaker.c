/* links: api */
#include "api/search_breaker.h"

#include "tests/unit/unit.h"

static void test_stays_closed(void **state)
{
	struct search_breaker breaker = SEARCH_BREAKER_INIT;

	(void)state;
	for (int64_t now = 0; now < 100; now++) {
		assert_true(search_breaker_admit(&breaker, now));
		search_breaker_report(&breaker,
				      now % SEARCH_BREAKER_FAILURES
					      ? SEARCH_FAILED
					      : SEARCH_ANSWERED,
				      now);
	}
	assert_false(search_breaker_is_open(&breaker));
}

static void test_opens_after_failures(void **state)
{
	struct search_breaker breaker = SEARCH_BREAKER_INIT;

	(void)state;
	for (unsigned i = 0; i < SEARCH_BREAKER_FAILURES; i++) {
		assert_true(search_breaker_admit(&breaker, 1000));
		search_breaker_report(&breaker, SEARCH_FAILED, 1000);
	}
	assert_true(search_breaker_is_open(&breaker));
	assert_false(search_breaker_admit(&breaker, 1001));
	assert_false(search_breaker_admit(&breaker,
					  1000 + SEARCH_BREAKER_OPEN_MS - 1));
}

static void test_opens_at_once(void **state)
{
	struct search_breaker breaker = SEARCH_BREAKER_INIT;

	(void)state;
	assert_true(search_breaker_admit(&breaker, 1000));
	search_breaker_report(&breaker, SEARCH_TIMED_OUT, 1800);
	assert_false(search_breaker_admit(&breaker, 1800));
}

/* One may try; the others wait for what it finds. */
static void test_one_tries(void **state)
{
	struct search_breaker breaker = SEARCH_BREAKER_INIT;
	int64_t later = 1000 + SEARCH_BREAKER_OPEN_MS;

	(void)state;
	search_breaker_report(&breaker, SEARCH_TIMED_OUT, 1000);
	assert_true(search_breaker_admit(&breaker, later));
	assert_false(search_breaker_admit(&breaker, later));
	search_breaker_report(&breaker, SEARCH_FAILED, later);
	assert_false(search_breaker_admit(&breaker, later + 1));
	later += SEARCH_BREAKER_OPEN_MS;
	assert_true(search_breaker_admit(&breaker, later));
	search_breaker_report(&breaker, SEARCH_ANSWERED, later);
	assert_true(search_breaker_admit(&breaker, later));
	assert_true(search_breaker_admit(&breaker, later));
	assert_false(search_breaker_is_open(&breaker));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stays_closed),
		cmocka_unit_test(test_opens_after_failures),
		cmocka_unit_test(test_opens_at_once),
		cmocka_unit_test(test_one_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
