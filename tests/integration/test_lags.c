#include <stdio.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What confabctl status says of how far the workers are behind. */

static const char *const workers[] = { "persister", "indexer", "counter" };
static const char *const lags[] = { "figures.stored_lag_seconds",
				    "figures.indexed_lag_seconds",
				    "figures.counted_lag_seconds" };

enum { BEHIND_S = 3 };

/* What it says on stdout alone; exit code 1 while something is stopped. */
static const struct http_reply *status_now(int code)
{
	static struct buf output = BUF_INIT;
	const char *const argv[] = { "sh", "-c",
				     "exec \"$0\" status --json 2>/dev/null",
				     process_path("confabctl"), NULL };

	buf_clear(&output);
	assert_int_equal(process_run(argv, &output), code);
	return http_reply_of(output.data);
}

static bool falls_behind(void *context)
{
	const char *lag = context;

	return reply_number(status_now(1), lag) >= BEHIND_S;
}

static bool none_is_behind(void *unused)
{
	const struct http_reply *status = status_now(0);

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(lags); i++)
		if (reply_number(status, lags[i]) > 0)
			return false;
	return true;
}

static void test_each_worker_stopped(void **state)
{
	static const char *const texts[] = { "before" };
	const struct http_reply *status;
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	for (size_t i = 0; i < COUNT_OF(workers); i++) {
		assert_becomes(none_is_behind, NULL, DRAINED_MS);
		stack_stop(workers[i]);
		create_message(talk.token, 1, "waits");
		assert_becomes(falls_behind, (char *)lags[i], DRAINED_MS);
		status = status_now(1);
		for (size_t j = 0; j < COUNT_OF(lags); j++)
			if (j != i)
				assert_true(reply_number(status, lags[j]) <
					    BEHIND_S);
		stack_start(workers[i]);
	}
	assert_becomes(none_is_behind, NULL, DRAINED_MS);
}

/* The worker runs, and what it holds waits for its server. */
static void test_server_stopped(void **state)
{
	static const char *const texts[] = { "before" };
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	assert_becomes(none_is_behind, NULL, DRAINED_MS);
	stack_stop("elasticsearch");
	create_message(talk.token, 1, "waits");
	assert_becomes(falls_behind, (char *)lags[1], DRAINED_MS);
	stack_start("elasticsearch");
	assert_becomes(none_is_behind, NULL, DRAINED_MS);
}

static bool is_past(void *context)
{
	const char *time = context;

	return store_number("SELECT COUNT(*) FROM progress"
			    " WHERE caught_up_at > '%s'",
			    time) == COUNT_OF(workers);
}

/* With nothing to do they say that they are there, so that the first event
 * after a quiet night is not as late as the night was long. */
static void test_idle_workers(void **state)
{
	char now[32];

	(void)state;
	assert_becomes(none_is_behind, NULL, DRAINED_MS);
	snprintf(now, sizeof(now), "%s", store_text("SELECT UTC_TIMESTAMP(3)"));
	assert_becomes(is_past, now, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_each_worker_stopped,
					  stack_repair),
		cmocka_unit_test_teardown(test_server_stopped, stack_repair),
		cmocka_unit_test(test_idle_workers),
	};

	return cmocka_run_group_tests_name("lags", tests, NULL, NULL);
}
