/* links: api */
#include "api/search_top.h"

#include "tests/unit/unit.h"

#define HITS 500

/* Adds HITS places in some order. */
static void add_all(struct search_top *top)
{
	/* 7 and HITS have no common divisor */
	for (uint64_t i = 0; i < HITS; i++) {
		uint64_t n = i * 7 % HITS;
		uint64_t score = n / 10 + 1;
		struct search_place place = { (float)score, 0, 1, 1, n + 1 };

		search_top_add(top, &place);
	}
}

static void test_keeps_the_best(void **state)
{
	static const size_t limits[] = { 1, 2, 3, 10, 499, 500, 501 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		struct search_top top;
		struct search_result result = SEARCH_RESULT_INIT;

		assert_true(search_top_init(&top, limits[i]));
		add_all(&top);
		search_top_finish(&top, &result);
		search_top_release(&top);
		assert_int_equal(result.count,
				 limits[i] < HITS ? limits[i] : HITS);
		assert_int_equal(result.more, limits[i] < HITS);
		for (size_t k = 0; k < result.count; k++)
			assert_int_equal(result.places[k].number, HITS - k);
		search_result_release(&result);
	}
}

static void test_release_unfinished(void **state)
{
	struct search_top top;

	(void)state;
	assert_true(search_top_init(&top, 20));
	add_all(&top);
	search_top_release(&top);
	search_top_release(&top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_the_best),
		cmocka_unit_test(test_release_unfinished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
