#include "common/backoff.h"

#include "tests/unit/unit.h"

enum { SHORTEST_MS = 10, ROUNDS = 2000 };

/* The widest wait seen as the n-th one, over many rounds. */
static int64_t widest(unsigned attempt)
{
	struct backoff backoff = { 0, 0 };
	int64_t most = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t wait = 0;

		backoff_reset(&backoff);
		for (unsigned i = 0; i <= attempt; i++)
			wait = backoff_next(&backoff);
		assert_true(wait >= SHORTEST_MS);
		if (wait > most)
			most = wait;
	}
	return most;
}

static void test_range_doubles_up_to_the_cap(void **state)
{
	(void)state;
	for (unsigned attempt = 0; attempt < 10; attempt++) {
		int64_t cap = (int64_t)BACKOFF_FIRST_MS << attempt;
		int64_t most = widest(attempt);

		if (cap > BACKOFF_CAP_MS)
			cap = BACKOFF_CAP_MS;
		assert_true(most <= cap);
		/* the jitter uses the whole range */
		assert_true(most > cap * 9 / 10);
	}
}

static void test_never_ends(void **state)
{
	struct backoff backoff = { 0, 0 };

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t wait = backoff_next(&backoff);

		assert_true(wait >= SHORTEST_MS && wait <= BACKOFF_CAP_MS);
	}
}

static void test_reset_starts_small_again(void **state)
{
	struct backoff backoff = { 0, 0 };

	(void)state;
	for (int i = 0; i < 20; i++)
		(void)backoff_next(&backoff);
	backoff_reset(&backoff);
	assert_true(backoff_next(&backoff) <= BACKOFF_FIRST_MS);
}

/* Two processes that fail together do not come back together. */
static void test_seeds_spread(void **state)
{
	struct backoff a = { 0, 1 }, b = { 0, 2 };
	int same = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		same += backoff_next(&a) == backoff_next(&b);
	assert_true(same < 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range_doubles_up_to_the_cap),
		cmocka_unit_test(test_never_ends),
		cmocka_unit_test(test_reset_starts_small_again),
		cmocka_unit_test(test_seeds_spread),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
