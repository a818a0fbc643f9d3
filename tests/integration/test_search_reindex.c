#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "tests/integration/archive.h"
#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/running_verb.h"
#include "tests/integration/stores.h"

/* confabctl reindex while others post, edit and search, and are killed. */

enum { ROWS = 20000, KNOWN = 20, POSTS_A_STEP = 5 };

static struct talk archive, known, live;

/* ---- the others ---- */

static unsigned posted, edits;

static void post_some(void)
{
	char text[64];

	for (unsigned i = 0; i < POSTS_A_STEP; i++) {
		snprintf(text, sizeof(text), "live item %u", posted + 1);
		assert_int_equal(create_message(live.token, 1, text), ++posted);
	}
}

/* Each message in turn; all of its texts are found by the same word. */
static void edit_one(void)
{
	char body[96];

	snprintf(body, sizeof(body), "{\"body\":\"lighthouse edited %u\"}",
		 ++edits);
	assert_status(api("PATCH", body, "/applications/%s/chats/1/messages/%u",
			  known.token, 1 + edits % KNOWN),
		      200);
}

/* What was found before the reindex is found at each moment of it. */
static void search_known(void)
{
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/messages/search?q=lighthouse",
		known.token);

	assert_status(reply, 200);
	if (!http_header(reply, "X-Search-Truncated"))
		assert_int_equal(reply_count(reply, ""), KNOWN);
}

static void live_on(void)
{
	post_some();
	edit_one();
	search_known();
}

/* ---- faults in between ---- */

static void kill_reindex(struct running_verb *reindexing)
{
	assert_int_equal(kill(reindexing->pid, SIGKILL), 0);
	assert_becomes(running_verb_has_ended, reindexing, RESTARTED_MS);
	assert_true(WIFSIGNALED(reindexing->status));
}

static bool has_rows(void *unused)
{
	(void)unused;
	return reindexing_rows() > 0;
}

static void live_until_rows(void)
{
	int64_t deadline = clock_monotonic_ms() + 2 * (int64_t)DRAINED_MS;

	while (reindexing_rows() == 0) {
		assert_true(clock_monotonic_ms() < deadline);
		live_on();
	}
}

static void live_until_ended(struct running_verb *reindexing)
{
	int64_t deadline = clock_monotonic_ms() + 4 * (int64_t)DRAINED_MS;

	while (!running_verb_has_ended(reindexing)) {
		assert_true(clock_monotonic_ms() < deadline);
		live_on();
	}
	running_verb_assert_exit(reindexing, 0);
}

static void make_known(void)
{
	const char *texts[KNOWN];

	for (unsigned i = 0; i < KNOWN; i++)
		texts[i] = "a lighthouse";
	create_talk(&known, texts, KNOWN);
}

static bool all_texts_are_right(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < KNOWN; i++) {
		unsigned long long number = 1 + i;
		const char *document =
			store_document(known.application, 1, number);
		char text[96];

		snprintf(text, sizeof(text), "%s", document ? document : "");
		if (strcmp(text,
			   store_text("SELECT body FROM messages WHERE "
				      "application_id = %llu AND chat_number = "
				      "1 AND number = %llu",
				      (unsigned long long)known.application,
				      number)) != 0)
			return false;
	}
	return true;
}

static void test_live(void **state)
{
	struct running_verb reindexing;

	(void)state;
	create_talk(&archive, NULL, 0);
	create_talk(&live, NULL, 0);
	make_known();
	archive_insert(&archive, ROWS, "archived");
	running_verb_start(&reindexing, "reindex", "--throttle", "500", NULL);
	live_until_rows();
	kill_reindex(&reindexing);
	live_on();
	stack_kill("indexer");
	live_on();
	running_verb_start(&reindexing, "reindex", NULL, NULL, NULL);
	live_until_ended(&reindexing);
	assert_non_null(strstr(running_verb_output(), "going on after "));
	live_on();
	assert_becomes(archive_is_indexed, &archive, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, 2 * DRAINED_MS);
	assert_int_equal(store_rows(live.application), posted);
	assert_becomes(archive_is_indexed, &live, DRAINED_MS);
	assert_becomes(archive_is_indexed, &known, DRAINED_MS);
	assert_becomes(all_texts_are_right, NULL, DRAINED_MS);
	assert_int_equal(reindexing_rows(), 0);
}

/* Ctrl-C ends it in order, and --restart does not go on. */
static void test_interrupted(void **state)
{
	struct running_verb reindexing;

	(void)state;
	create_talk(&archive, NULL, 0);
	archive_insert(&archive, 2000, "archived");
	running_verb_start(&reindexing, "reindex", "--throttle", "50", NULL);
	assert_becomes(has_rows, NULL, DRAINED_MS);
	assert_non_null(strstr(confabctl(0, "status", NULL, NULL, NULL),
			       "being built"));
	assert_int_equal(kill(reindexing.pid, SIGINT), 0);
	running_verb_assert_killed(&reindexing, SIGINT);
	assert_non_null(strstr(running_verb_output(), "goes on where"));
	assert_non_null(strstr(confabctl(0, "status", NULL, NULL, NULL),
			       "interrupted"));
	running_verb_start(&reindexing, "reindex", "--restart", NULL, NULL);
	running_verb_assert_exit(&reindexing, 0);
	assert_null(strstr(running_verb_output(), "going on after"));
	assert_becomes(archive_is_indexed, &archive, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_interrupted, archive_repair),
		cmocka_unit_test_teardown(test_live, archive_repair),
	};

	return cmocka_run_group_tests_name("search_reindex", tests, NULL, NULL);
}
