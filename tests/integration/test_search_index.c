#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/archive.h"
#include "tests/integration/broker.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What an index that is built anew has: messages that are not stored yet, no
 * documents of no message, and the mapping of this version. */

/* ---- rows that come late, and never ---- */

static unsigned count_hits(const struct talk *talk, const char *word)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/messages/search?q=%s",
		    talk->token, word);

	assert_status(reply, 200);
	return reply_count(reply, "");
}

static bool both_are_documents(void *context)
{
	const struct talk *talk = context;

	return store_documents(talk->application) == 2;
}

/* What was findable before it was stored stays so, though the rows lack it. */
static void test_unstored(void **state)
{
	static const char *const texts[] = { "early bird" };
	struct talk talk;
	struct rows_wanted wanted = { &talk, 2 };

	(void)state;
	create_talk(&talk, texts, 1);
	stack_stop("persister");
	create_message(talk.token, 1, "early worm");
	assert_becomes(both_are_documents, &talk, DRAINED_MS);
	confabctl(0, "reindex", NULL, NULL, NULL);
	assert_int_equal(store_rows(talk.application), 1);
	assert_int_equal(store_documents(talk.application), 2);
	stack_start("persister");
	assert_becomes(fault_has_all, &wanted, DRAINED_MS);
	assert_int_equal(count_hits(&talk, "early"), 2);
}

/* A document of no message goes. */
static void test_ghost(void **state)
{
	static const char *const texts[] = { "real thing", "real ghost" };
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 2);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	store_execute("DELETE FROM messages WHERE application_id = %llu "
		      "AND number = 2",
		      (unsigned long long)talk.application);
	confabctl(0, "reindex", NULL, NULL, NULL);
	assert_int_equal(store_documents(talk.application), 1);
}

/* ---- an index of another version ---- */

static void set_version(unsigned version)
{
	char url[512], body[64];

	snprintf(url, sizeof(url), "%s/confab-messages/_mapping",
		 setting("ELASTICSEARCH_URL"));
	snprintf(body, sizeof(body), "{\"_meta\":{\"version\":%u}}", version);
	assert_status(http_send("PUT", NULL, body, url), 200);
}

static bool is_answered_by(const struct talk *talk, const char *engine)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/messages/search?q=other",
		    talk->token);
	const char *name;

	assert_status(reply, 200);
	assert_true(reply_count(reply, "") > 0);
	name = http_header(reply, "X-Search-Engine");
	return name && strcmp(name, engine) == 0;
}

static bool is_answered_by_sql(void *context)
{
	return is_answered_by(context, "sql");
}

static bool is_answered_by_engine(void *context)
{
	return is_answered_by(context, "elasticsearch");
}

struct notice {
	const char *service;
	int64_t since_ms;
};

static bool says_what_to_run(void *context)
{
	const struct notice *notice = context;

	return broker_log_says(notice->service, notice->since_ms,
			       "run confabctl reindex");
}

static void test_misfit(void **state)
{
	static const char *const texts[] = { "other version" };
	struct notice api_says = { "api", clock_wall_ms() };
	struct notice indexer_says = { "indexer", clock_wall_ms() };
	struct talk talk;
	struct rows_wanted wanted = { &talk, 2 };

	(void)state;
	create_talk(&talk, texts, 1);
	set_version(99);
	assert_becomes(is_answered_by_sql, &talk, DRAINED_MS);
	assert_becomes(says_what_to_run, &api_says, DRAINED_MS);
	stack_kill("indexer"); /* it is started again */
	assert_becomes(says_what_to_run, &indexer_says, DRAINED_MS);
	assert_non_null(strstr(confabctl(1, "health", NULL, NULL, NULL),
			       "run confabctl reindex"));
	create_message(talk.token, 1, "another text");
	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_int_equal(store_documents(talk.application), 1);
	confabctl(0, "reindex", NULL, NULL, NULL);
	assert_becomes(is_answered_by_engine, &talk, DRAINED_MS);
	assert_becomes(archive_is_indexed, &talk, DRAINED_MS);
	confabctl(0, "health", NULL, NULL, NULL);
}

static int repair_misfit(void **state)
{
	set_version(1);
	return fault_repair(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_unstored, fault_repair),
		cmocka_unit_test_teardown(test_ghost, archive_repair),
		cmocka_unit_test_teardown(test_misfit, repair_misfit),
	};

	return cmocka_run_group_tests_name("search_index", tests, NULL, NULL);
}
