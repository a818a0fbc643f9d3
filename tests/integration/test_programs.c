#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What all programs share: their command line, their metrics, their logs. */

static const char *const programs[] = { "confab-api", "confab-persister",
					"confab-indexer", "confab-counter",
					"confabctl" };

static const char *const daemons[] = { "api", "ingest", "persister", "indexer",
				       "counter" };

/* Runs one with `setting` (NAME=value) in its environment. */
static int run(const char *program, const char *with, const char *argument,
	       struct buf *output)
{
	const char *const argv[] = { "env", with, process_path(program),
				     argument, NULL };

	buf_clear(output);
	return process_run(argv, output);
}

static void test_help_and_version(void **state)
{
	struct buf output = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		assert_int_equal(run(programs[i], "A=b", "--help", &output), 0);
		assert_non_null(strstr(output.data, "--check-config"));
		assert_int_equal(run(programs[i], "A=b", "--version", &output),
				 0);
		assert_memory_equal(output.data, programs[i],
				    strlen(programs[i]));
	}
	buf_release(&output);
}

static void test_check_config(void **state)
{
	struct buf output = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		int code = run(programs[i], "DATABASE_PORT=none",
			       "--check-config", &output);

		if (code != 100 || !strstr(output.data, "DATABASE_PORT"))
			fail_msg("%s: %d %s", programs[i], code, output.data);
		code = run(programs[i], "CONFAB_NONSENSE=1", "--check-config",
			   &output);
		if (code != 100 || !strstr(output.data, "CONFAB_NONSENSE"))
			fail_msg("%s: %d %s", programs[i], code, output.data);
	}
	buf_release(&output);
}

static void test_print_config_masks_secrets(void **state)
{
	struct buf output = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		int code = run(programs[i], "DATABASE_PASSWORD=hunter2",
			       "--print-config", &output);

		if (code != 0 || strstr(output.data, "hunter2") ||
		    !strstr(output.data, "DATABASE_HOST="))
			fail_msg("%s: %d %s", programs[i], code, output.data);
	}
	buf_release(&output);
}

/* ---- metrics ---- */

static bool all_have_counted(void *context)
{
	static const struct {
		const char *service, *metric;
	} rows[] = {
		{ "api", "confab_events_accepted_total" },
		{ "persister", "confab_events_stored_total" },
		{ "indexer", "confab_events_indexed_total" },
		{ "counter", "confab_events_counted_total" },
	};
	char url[128];

	(void)context;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		stack_metrics_url(rows[i].service, url, sizeof(url));
		if (metric_sum(url, rows[i].metric) == 0)
			return false;
	}
	return true;
}

static void test_metrics(void **state)
{
	static const char *const texts[] = { "counted by all" };
	struct talk talk;
	char url[128];

	(void)state;
	create_talk(&talk, texts, 1);
	assert_becomes(all_have_counted, NULL, COUNTED_MS);
	for (size_t i = 0; i < COUNT_OF(daemons); i++) {
		stack_metrics_url(daemons[i], url, sizeof(url));
		assert_int_equal(metric_sum(url, "confab_build_info"), 1);
		assert_true(metric_sum(url, "process_resident_memory_bytes") >
			    0);
	}
}

/* ---- logs ---- */

/* grep exits with 1 when it finds nothing. */
static void assert_not_logged(const char *word)
{
	struct buf output = BUF_INIT;
	char path[512];

	for (size_t i = 0; i < COUNT_OF(daemons); i++) {
		const char *const argv[] = { "grep", "-rF", word, path, NULL };

		snprintf(path, sizeof(path), "%s/log/%s", setting("STACK_DIR"),
			 daemons[i]);
		buf_clear(&output);
		if (process_run(argv, &output) != 1)
			fail_msg("\"%s\" is logged: %s", word, output.data);
	}
	buf_release(&output);
}

/* Also when something goes wrong. */
static void test_tokens_and_bodies_are_never_logged(void **state)
{
	static const char *const texts[] = { "secretbody of a message" };
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	api("GET", NULL, "/applications/%s/chats/1/messages/77", talk.token);
	api("GET", NULL, "/applications/%s/chats/1/messages/search?q=secretq",
	    talk.token);
	api("POST", "{\"body\":\"secretbody",
	    "/applications/%s/chats/1/messages", talk.token);
	stack_stop("redis");
	api("POST", "{\"body\":\"secretbody\"}",
	    "/applications/%s/chats/1/messages", talk.token);
	stack_start("redis");
	assert_not_logged(talk.token);
	assert_not_logged("secretbody");
	assert_not_logged("secretq");
	assert_not_logged(setting("CONFAB_OPERATOR_KEY"));
	assert_not_logged(setting("DATABASE_PASSWORD"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_check_config),
		cmocka_unit_test(test_print_config_masks_secrets),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test_teardown(
			test_tokens_and_bodies_are_never_logged, stack_repair),
	};

	return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
