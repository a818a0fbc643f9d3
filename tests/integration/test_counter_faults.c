#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Case 35 of docs/failure-cases.md: a counter that dies again and again,
 * wherever it just is, and the counts are right in the end. */

enum { CREATES = 4000, CHATS = 8, KILLS = 5 };

struct killing {
	pid_t killed;
	unsigned times;
};

/* Whenever it is there again, and a further part of the load is through. */
static void kill_again(struct load *load)
{
	struct killing *killing = load->context;
	unsigned due = (killing->times + 1) * CREATES / (KILLS + 1);

	if (killing->times == KILLS || load->acknowledged < due ||
	    !stack_is_back("counter", killing->killed))
		return;
	killing->killed = stack_kill("counter");
	killing->times++;
}

static bool is_back(void *context)
{
	const struct killing *killing = context;

	return stack_is_back("counter", killing->killed);
}

static void test_35_killed_again_and_again(void **state)
{
	struct killing killing = { 0 };
	struct load load = { .count = CREATES,
			     .step = kill_again,
			     .context = &killing };
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, CHATS);
	load_run(&load);
	assert_true(killing.times > 1);
	assert_becomes(is_back, &killing, RESTARTED_MS);
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_true(store_counts_are_right(talk.application));
	load_release(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_35_killed_again_and_again,
					  fault_repair),
	};

	return cmocka_run_group_tests_name("counter_faults", tests, NULL, NULL);
}
