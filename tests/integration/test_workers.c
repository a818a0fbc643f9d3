#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* The three workers stand alone: one that is stopped delays nobody else and
 * loses nothing, and several of a kind share the work. */

enum { CREATES = 5000, CHATS = 10 };

static void prepare(struct load *load, struct talk *talk, unsigned count)
{
	*load = (struct load){ .count = count, .connections = 32 };
	load_prepare(load, talk, CHATS);
}

static bool all_documents(void *context)
{
	const struct load *load = context;

	return store_documents(load->talk->application) == load->count;
}

static void test_persister_stopped(void **state)
{
	const struct http_reply *reply;
	struct load load;
	struct talk talk;

	(void)state;
	prepare(&load, &talk, CREATES);
	stack_stop("persister");
	load_run(&load);
	assert_becomes(all_documents, &load, DRAINED_MS);
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=ite",
		    talk.token);
	assert_status(reply, 200);
	assert_true(reply_count(reply, "") > 0);
	assert_int_equal(store_rows(talk.application), 0);
	stack_start("persister");
	load_verify(&load);
	load_release(&load);
}

static void test_indexer_stopped(void **state)
{
	struct load load;
	struct talk talk;

	(void)state;
	prepare(&load, &talk, CREATES);
	stack_stop("indexer");
	load_run(&load);
	assert_becomes(load_is_stored, &load, DRAINED_MS);
	assert_becomes(load_is_counted, &load, DRAINED_MS);
	assert_int_equal(store_documents(talk.application), 0);
	stack_start("indexer");
	load_verify(&load);
	load_release(&load);
}

static void test_counter_stopped(void **state)
{
	struct load load;
	struct talk talk;

	(void)state;
	prepare(&load, &talk, CREATES);
	stack_stop("counter");
	load_run(&load);
	assert_becomes(load_is_stored, &load, DRAINED_MS);
	assert_becomes(load_is_indexed, &load, DRAINED_MS);
	assert_int_equal(store_number("SELECT messages_count FROM applications "
				      "WHERE id = %llu",
				      (unsigned long long)talk.application),
			 0);
	stack_start("counter");
	load_verify(&load);
	load_release(&load);
}

/* ---- several of a kind ---- */

#define STORED "confab_events_stored_total"

static void share_work(unsigned more)
{
	struct worker workers[3];
	struct load load;
	struct talk talk;
	char url[128];
	uint64_t before;

	assert_in_range(more, 1, COUNT_OF(workers));
	prepare(&load, &talk, CREATES / 2);
	stack_metrics_url("persister", url, sizeof(url));
	before = metric_sum(url, STORED);
	for (unsigned i = 0; i < more; i++)
		worker_start("persister", &workers[i]);
	load_run(&load);
	load_verify(&load);
	assert_true(metric_sum(url, STORED) > before);
	for (unsigned i = 0; i < more; i++) {
		assert_true(metric_sum(workers[i].metrics_url, STORED) > 0);
		worker_stop(&workers[i]);
	}
	load_release(&load);
}

static void test_two_persisters(void **state)
{
	(void)state;
	share_work(1);
}

static void test_four_persisters(void **state)
{
	(void)state;
	share_work(3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_persister_stopped, stack_repair),
		cmocka_unit_test_teardown(test_indexer_stopped, stack_repair),
		cmocka_unit_test_teardown(test_counter_stopped, stack_repair),
		cmocka_unit_test(test_two_persisters),
		cmocka_unit_test(test_four_persisters),
	};

	return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
