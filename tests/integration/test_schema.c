#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* A database that a daemon cannot work with is refused, with the remedy in the
 * log; what is accepted meanwhile waits. confabctl migrate or another release
 * puts it right, without a restart. */

#define ROWS 3
#define OLDER ": run confabctl migrate"
#define NEWER "install the release that it was migrated with"

/* The indexer asks SQL only when it has a dead letter. */
static const char *const daemons[] = { "api", "persister", "counter" };

struct refusal {
	int64_t since_ms;
	const char *daemon, *text;
};

static bool says(void *context)
{
	const struct refusal *refusal = context;

	return broker_log_says(refusal->daemon, refusal->since_ms,
			       refusal->text);
}

static bool says_that_sql_is_down(void *context)
{
	const struct http_reply *reply = api("GET", NULL, "/ready");

	(void)context;
	return reply->status != 0 && reply_has(reply, "dependencies.mysql") &&
	       strcmp(reply_text(reply, "dependencies.mysql"), "down") == 0;
}

static bool is_settled(void *context)
{
	const struct talk *talk = context;

	return store_rows(talk->application) == ROWS &&
	       store_documents(talk->application) == ROWS &&
	       store_counts_are_right(talk->application);
}

static void post(const struct talk *talk)
{
	assert_status(ingest("POST", "{\"body\":\"one more\"}",
			     "/applications/%s/chats/1/messages", talk->token),
		      202);
}

/* A daemon looks at the schema with each new session. The ingest role keeps
 * its own, and accepts. */
static void refuse(struct talk *talk_r, const char *breakage, const char *text)
{
	static const char *const texts[] = { "before" };
	struct refusal refusal = { clock_wall_ms(), "", text };

	create_talk(talk_r, texts, 1);
	post(talk_r);
	store_execute("%s", breakage);
	for (size_t i = 0; i < COUNT_OF(daemons); i++)
		assert_true(stack_kill(daemons[i]) > 0);
	for (size_t i = 0; i < COUNT_OF(daemons); i++) {
		refusal.daemon = daemons[i];
		assert_becomes(says, &refusal, DRAINED_MS);
	}
	assert_becomes(says_that_sql_is_down, NULL, DRAINED_MS);
	post(talk_r);
}

static void test_older_schema(void **state)
{
	struct talk talk;

	(void)state;
	refuse(&talk,
	       "UPDATE schema_version SET applied_at = NULL"
	       " ORDER BY version DESC LIMIT 1",
	       OLDER);
	confabctl(0, "migrate", NULL, NULL, NULL);
	assert_becomes(is_settled, &talk, DRAINED_MS);
}

static void test_newer_schema(void **state)
{
	struct talk talk;

	(void)state;
	refuse(&talk, "INSERT INTO settings VALUES ('schema_least', '99')",
	       NEWER);
	store_execute("DELETE FROM settings WHERE name = 'schema_least'");
	assert_becomes(is_settled, &talk, DRAINED_MS);
}

/* A migration that a later release brought, and that is safe for this one. */
static void test_newer_and_harmless(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct talk talk;

	(void)state;
	store_execute("INSERT INTO schema_version VALUES"
		      " (99, 'later', 1, UTC_TIMESTAMP(3))");
	assert_true(stack_kill("persister") > 0);
	create_talk(&talk, texts, ROWS);
	assert_becomes(is_settled, &talk, DRAINED_MS);
	assert_non_null(strstr(confabctl(1, "migrate", NULL, NULL, NULL),
			       "or a later one"));
}

/* A test that failed may have left anything. */
static int repair(void **state)
{
	store_execute("DELETE FROM schema_version WHERE version = 99");
	store_execute("DELETE FROM settings WHERE name = 'schema_least'");
	store_execute("UPDATE schema_version SET applied_at = UTC_TIMESTAMP(3)"
		      " WHERE applied_at IS NULL");
	return stack_repair(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_older_schema, repair),
		cmocka_unit_test_teardown(test_newer_schema, repair),
		cmocka_unit_test_teardown(test_newer_and_harmless, repair),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
