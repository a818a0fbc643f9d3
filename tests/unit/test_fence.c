/* links: persister */
#include "persister/fence.h"

#include "tests/unit/unit.h"

static const struct fence open_3 = { 3, true }, closed_3 = { 3, false };

static struct event of(uint32_t generation)
{
	return (struct event){ .generation = generation };
}

static void test_keys(void **state)
{
	const struct event two = of(2), three = of(3), one = of(1),
			   highest = of(UINT32_MAX);

	(void)state;
	assert_true(fence_takes_key(&open_3, &three));
	assert_false(fence_takes_key(&open_3, &two));
	/* the recovery waits for the events of the generation before */
	assert_true(fence_takes_key(&closed_3, &two));
	assert_false(fence_takes_key(&closed_3, &one));
	assert_true(fence_takes_key(&closed_3, &highest));
}

static void test_tombstones(void **state)
{
	const struct event two = of(2), three = of(3);

	(void)state;
	assert_true(fence_takes_void(&open_3, &three));
	assert_false(fence_takes_void(&open_3, &two));
	/* its number may be given out again as soon as that is over */
	assert_false(fence_takes_void(&closed_3, &two));
}

static void test_a_system_that_never_gave_out_a_number(void **state)
{
	const struct fence fence = { 0, true };
	const struct event none = of(0), one = of(1);

	(void)state;
	assert_true(fence_takes_key(&fence, &none));
	assert_true(fence_takes_key(&fence, &one));
	assert_true(fence_takes_void(&fence, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_tombstones),
		cmocka_unit_test(test_a_system_that_never_gave_out_a_number),
	};

	return cmocka_run_group_tests_name("fence", tests, NULL, NULL);
}
