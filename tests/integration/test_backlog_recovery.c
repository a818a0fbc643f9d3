#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/*
 * Redis loses its data while 20,000 promised messages wait in the broker and
 * clients go on posting. No number is given twice, nothing is lost (the load
 * compares each text with the number of its 202), and soon after the last of
 * them is stored creates are taken again.
 */

enum { WAITING = 20000, AFTERWARDS = 400, OLD = 5000, CHATS = 20 };

/* The promise is 15 s from the end of the backlog. */
#define ACCEPTED_MS (15000 * ROOM)
/* So long after the loss no answer to a create from before it is due. */
#define SETTLED_MS 6000

struct loss {
	void (*prepare)(void); /* when OLD are promised; may be NULL */
	void (*happen)(void);
	bool prepared, happened;
	int64_t happened_ms, stored_ms, accepted_ms;
	unsigned promised; /* when the loss had happened for SETTLED_MS */
};

static void lose(struct load *load, struct loss *loss)
{
	if (loss->prepare && !loss->prepared && load->acknowledged >= OLD) {
		loss->prepared = true;
		loss->prepare();
	}
	if (load->acknowledged < WAITING)
		return;
	loss->happen();
	loss->happened = true;
	loss->happened_ms = clock_monotonic_ms();
	stack_start("persister");
}

static void step(struct load *load)
{
	struct loss *loss = load->context;
	int64_t now = clock_monotonic_ms();

	if (!loss->happened) {
		lose(load, loss);
		return;
	}
	if (loss->stored_ms == 0 &&
	    store_rows(load->talk->application) >= WAITING)
		loss->stored_ms = now;
	if (loss->promised == 0) {
		if (now - loss->happened_ms >= SETTLED_MS)
			loss->promised = load->acknowledged;
	} else if (loss->accepted_ms == 0 &&
		   load->acknowledged > loss->promised) {
		loss->accepted_ms = now;
	}
}

static uint64_t generation(void)
{
	return store_number("SELECT generation FROM numbering WHERE id = 1");
}

static void live_through(struct loss *loss)
{
	uint64_t before = generation();
	struct load load = { .count = WAITING + AFTERWARDS,
			     .both_ports = true,
			     .forgiving = true,
			     .step = step,
			     .context = loss };
	struct talk talk;

	load_prepare(&load, &talk, CHATS);
	stack_stop("persister");
	load_run(&load);
	assert_true(loss->happened);
	assert_true(generation() > before);
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	/* taken again before it could be measured is soon enough */
	if (loss->accepted_ms != 0 && loss->stored_ms != 0)
		assert_true(loss->accepted_ms - loss->stored_ms <= ACCEPTED_MS);
	load_release(&load);
}

static void test_flushed(void **state)
{
	struct loss loss = { .happen = numbers_store_flush };

	(void)state;
	live_through(&loss);
}

static void test_older_copy(void **state)
{
	struct loss loss = { .prepare = numbers_store_save,
			     .happen = numbers_store_roll_back };

	(void)state;
	live_through(&loss);
}

/* The persister holds some of them when it is killed, too. */
static void flush_and_kill_all(void)
{
	stack_start("persister");
	numbers_store_flush();
	(void)stack_kill("redis");
	(void)stack_kill("api");
	(void)stack_kill("ingest");
	(void)stack_kill("persister");
	stack_start("redis");
	stack_start("api");
	stack_start("ingest");
}

static void test_all_killed_together(void **state)
{
	struct loss loss = { .happen = flush_and_kill_all };

	(void)state;
	live_through(&loss);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_flushed, stack_repair),
		cmocka_unit_test_teardown(test_older_copy, stack_repair),
		cmocka_unit_test_teardown(test_all_killed_together,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("backlog_recovery", tests, NULL,
					   NULL);
}
