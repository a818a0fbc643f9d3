#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* kill -9 of each daemon under load: it comes back by itself, nothing that was
 * acknowledged is lost, nothing is there twice. */

enum { CREATES = 3000, KILL_AT = 1000, CHATS = 10 };

struct killing {
	const char *service;
	pid_t killed;
	int64_t killed_ms;
	int64_t back_after_ms; /* 0: not back yet */
};

static bool is_back(void *context)
{
	struct killing *killing = context;

	if (killing->back_after_ms == 0 &&
	    stack_is_back(killing->service, killing->killed))
		killing->back_after_ms =
			clock_monotonic_ms() - killing->killed_ms;
	return killing->back_after_ms > 0;
}

static void kill_once(struct load *load)
{
	struct killing *killing = load->context;

	if (killing->killed != 0) {
		(void)is_back(killing);
	} else if (load->acknowledged >= KILL_AT) {
		killing->killed = stack_kill(killing->service);
		killing->killed_ms = clock_monotonic_ms();
	}
}

static void kill_under_load(const char *service, bool serves_http)
{
	struct killing killing = { .service = service };
	struct load load = { .count = CREATES,
			     .connections = 16,
			     .forgiving = serves_http,
			     .ingest_only = service[0] == 'i' && serves_http,
			     .step = kill_once,
			     .context = &killing };
	struct talk talk;

	load_prepare(&load, &talk, CHATS);
	load_run(&load);
	assert_true(killing.killed > 0);
	assert_becomes(is_back, &killing, RESTARTED_MS);
	assert_in_range(killing.back_after_ms, 1, RESTARTED_MS);
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	load_release(&load);
}

static void test_api(void **state)
{
	(void)state;
	kill_under_load("api", true);
}

static void test_ingest(void **state)
{
	(void)state;
	kill_under_load("ingest", true);
}

static void test_persister(void **state)
{
	(void)state;
	kill_under_load("persister", false);
}

static void test_indexer(void **state)
{
	(void)state;
	kill_under_load("indexer", false);
}

static void test_counter(void **state)
{
	(void)state;
	kill_under_load("counter", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_api, stack_repair),
		cmocka_unit_test_teardown(test_ingest, stack_repair),
		cmocka_unit_test_teardown(test_persister, stack_repair),
		cmocka_unit_test_teardown(test_indexer, stack_repair),
		cmocka_unit_test_teardown(test_counter, stack_repair),
	};

	return cmocka_run_group_tests_name("kills", tests, NULL, NULL);
}
