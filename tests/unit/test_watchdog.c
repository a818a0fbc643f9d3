#include "common/watchdog.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static void test_ends_a_call_that_hangs(void **state)
{
	int pair[2];
	char byte;
	struct watch *watch;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	watch = watchdog_add(pair[0]);
	assert_non_null(watch);
	watchdog_arm(watch, 50);
	assert_int_equal(recv(pair[0], &byte, 1, 0), 0);
	watchdog_disarm(watch);
	assert_true(watchdog_fired(watch));
	watchdog_remove(&watch);
	assert_null(watch);
	close(pair[0]);
	close(pair[1]);
}

static void test_leaves_the_others_alone(void **state)
{
	int one[2], two[2];
	char byte;
	struct watch *hangs, *works;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	hangs = watchdog_add(one[0]);
	works = watchdog_add(two[0]);
	assert_non_null(hangs);
	assert_non_null(works);
	watchdog_arm(works, 60000);
	watchdog_arm(hangs, 50);
	assert_int_equal(recv(one[0], &byte, 1, 0), 0);
	assert_false(watchdog_fired(works));
	assert_int_equal(send(two[1], "x", 1, 0), 1);
	assert_int_equal(recv(two[0], &byte, 1, 0), 1);
	/* removed while armed */
	watchdog_remove(&works);
	watchdog_remove(&hangs);
	watchdog_remove(&hangs);
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_a_call_that_hangs),
		cmocka_unit_test(test_leaves_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
