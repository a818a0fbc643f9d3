#include <stdio.h>
#include <string.h>

#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/running_verb.h"
#include "tests/integration/stores.h"
#include "tests/integration/truth.h"

/* confabctl restore: what comes back, and what goes wrong. The daemons run. */

static void test_all_of_it_comes_back(void **state)
{
	const char *file = truth_new_file("all.backup");
	const struct http_reply *reply;
	struct truth truth;

	(void)state;
	truth_make(&truth);
	confabctl(0, "backup", file, NULL, NULL);
	truth_keep_rows();
	truth_restore(file);
	assert_int_equal(truth_rows_that_differ(), 0);
	assert_int_equal(store_number("SELECT COUNT(*) FROM messages"), 4);
	truth_assert(&truth);
	truth_assert_letter();
	assert_true(truth_has_tombstone(&truth));

	/* the key gives its number, and the next one is one that nobody had */
	reply = truth_post_with_key(&truth);
	assert_status(reply, 202);
	assert_int_equal(reply_number(reply, "number"), 4);
	assert_header(reply, "Idempotency-Replayed", "true");
	assert_int_equal(create_message(truth.talk.token, 1, "six"), 6);
	assert_int_equal(create_chat(truth.talk.token), 2);
}

static void test_in_place_of_what_is_there(void **state)
{
	const char *file = truth_new_file("replace.backup");
	char later[TOKEN_SIZE];
	struct truth truth;

	(void)state;
	truth_make(&truth);
	confabctl(0, "backup", file, NULL, NULL);
	create_application(later);
	create_message(truth.talk.token, 1, "after the backup");
	assert_status(api("PATCH", "{\"message\":{\"body\":\"lost edit\"}}",
			  "/applications/%s/chats/1/messages/2",
			  truth.talk.token),
		      200);
	assert_non_null(
		strstr(confabctl(1, "restore", file, NULL, NULL), "--replace"));
	/* without a terminal there is nobody to ask */
	confabctl(2, "restore", file, "--replace", NULL);
	assert_status(api("GET", NULL, "/applications/%s", later), 200);

	confabctl(0, "restore", file, "--replace", "--yes");
	truth_assert(&truth);
	assert_status(api("GET", NULL, "/applications/%s", later), 404);
	assert_status(api("POST", "{}", "/applications/%s/chats", later), 404);
	assert_int_equal(create_message(truth.talk.token, 1, "six"), 6);
}

/* One with a secret of its own for job ids, and another tenant under the same
 * number in SQL, whom its API knows: it runs all the time. */
static void test_into_another_system(void **state)
{
	const char *file = truth_new_file("another.backup");
	char other[TOKEN_SIZE];
	struct truth truth;

	(void)state;
	truth_make(&truth);
	confabctl(0, "backup", file, NULL, NULL);
	truth_reset();
	store_execute("DELETE FROM settings WHERE name = 'job_secret'");
	store_execute("ALTER TABLE applications AUTO_INCREMENT = %llu",
		      (unsigned long long)truth.talk.application);
	confabctl(0, "migrate", NULL, NULL, NULL);
	create_application(other);
	assert_int_equal(store_application(other), truth.talk.application);
	assert_int_equal(create_chat(other), 1);

	confabctl(0, "restore", file, "--replace", "--yes");
	truth_assert(&truth);
	assert_status(api("GET", NULL, "/applications/%s/chats", other), 404);
	create_application(other);
	assert_true(store_application(other) > truth.talk.application);
}

/* The database has lost all, and the broker still has what was accepted after
 * the backup: persisters store it when the rows are back. */
static void test_the_queue_outlives_the_rows(void **state)
{
	static const char *const tables[] = { "applications", "chats",
					      "messages",     "voids",
					      "dead_letters", "dirty_chats",
					      "idempotency" };
	const char *file = truth_new_file("lost.backup");
	struct rows_wanted wanted;
	struct truth truth;

	(void)state;
	truth_make(&truth);
	confabctl(0, "backup", file, NULL, NULL);
	stack_stop("persister");
	for (int i = 0; i < 3; i++)
		create_message(truth.talk.token, 1, "after the backup");
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		store_execute("DELETE FROM %s", tables[i]);
	store_execute("UPDATE numbering SET generation = 0");

	confabctl(0, "restore", file, NULL, NULL);
	wanted = (struct rows_wanted){ &truth.talk, 4 };
	assert_true(fault_has_rows(&wanted));
	stack_start("persister");
	wanted.rows = 7;
	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_int_equal(stack_repair(state), 0);
	assert_int_equal(create_message(truth.talk.token, 1, "next"), 8);
	confabctl(0, "reconcile", NULL, NULL, NULL);
	wanted.rows = 8;
	assert_becomes(fault_has_all, &wanted, DRAINED_MS);
}

/* ---- what goes wrong ---- */

static bool restore_has_closed(void *unused)
{
	(void)unused;
	return store_number("SELECT COUNT(*) FROM numbering "
			    "WHERE state IN ('restoring', 'replacing')") == 1;
}

/* A process that is closed out notices when its lease ends, 5 s, if not
 * before. */
#define LEASE_OVER_MS (6000 * ROOM)

static bool create_is_refused(void *context)
{
	const struct http_reply *reply = api(
		"POST", "{}", "/applications/%s/chats", (const char *)context);

	return reply->status == 503 || reply->status == 404;
}

static void test_a_killed_restore_is_run_again(void **state)
{
	const char *file = truth_new_file("killed.backup");
	struct running_verb restore;
	struct truth truth;

	(void)state;
	truth_make(&truth);
	confabctl(0, "backup", file, NULL, NULL);
	running_verb_start(&restore, "restore", file, "--replace", "--yes");
	assert_becomes(restore_has_closed, NULL, DRAINED_MS);
	running_verb_kill(&restore);
	assert_becomes(create_is_refused, truth.talk.token, LEASE_OVER_MS);
	/* nobody but a restore or a reset opens it again */
	assert_true(restore_has_closed(NULL));
	confabctl(0, "restore", file, NULL, NULL);
	truth_assert(&truth);
	assert_int_equal(create_message(truth.talk.token, 1, "six"), 6);
}

static void test_a_reset_ends_a_killed_restore(void **state)
{
	const char *file = truth_new_file("killed.backup");
	struct running_verb restore;
	struct truth truth;
	char token[TOKEN_SIZE];

	(void)state;
	truth_make(&truth);
	confabctl(0, "backup", file, NULL, NULL);
	running_verb_start(&restore, "restore", file, "--replace", "--yes");
	assert_becomes(restore_has_closed, NULL, DRAINED_MS);
	running_verb_kill(&restore);
	truth_reset();
	create_application(token);
	assert_int_equal(create_chat(token), 1);
}

static void assert_refused(const char *file, const char *why)
{
	assert_non_null(strstr(
		confabctl(1, "restore", file, "--replace", "--yes"), why));
}

static void test_bad_files_change_nothing(void **state)
{
	char good[1024], bad[1024];
	struct truth truth;

	(void)state;
	truth_make(&truth);
	snprintf(good, sizeof(good), "%s", truth_new_file("good.backup"));
	snprintf(bad, sizeof(bad), "%s", truth_file("bad.backup"));
	confabctl(0, "backup", good, NULL, NULL);

	fault_shell("head -c 700 '%s' >'%s'", good, bad);
	assert_refused(bad, "cut short");
	fault_shell("zcat '%s' | sed 's/two, edited/two, forged/' >'%s'", good,
		    bad);
	assert_refused(bad, "checksum is wrong");
	fault_shell("zcat '%s' | sed '1s/1/2/' | gzip >'%s'", good, bad);
	assert_refused(bad, "format 2");
	fault_shell("zcat '%s' | sed '2s/\"schema\":[0-9]*/\"schema\":999/' "
		    "| gzip >'%s'",
		    good, bad);
	assert_refused(bad, "schema version 999");
	fault_shell("head -c 5000 /dev/urandom >'%s'", bad);
	assert_refused(bad, "no backup");
	assert_refused("/nowhere/at/all", "No such file");
	truth_assert(&truth);
	assert_int_equal(create_message(truth.talk.token, 1, "five"), 5);
}

static void test_through_a_pipe(void **state)
{
	const char *program = process_path("confabctl");
	struct truth truth;

	(void)state;
	truth_make(&truth);
	fault_shell("'%s' backup - >'%s'", program, truth_file("pipe.backup"));
	fault_shell("'%s' restore - --replace --yes --json <'%s' | jq -e "
		    "'.tables.messages.rows == 4'",
		    program, truth_file("pipe.backup"));
	truth_assert(&truth);
}

#define REPAIRED(test) cmocka_unit_test_teardown((test), truth_repair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPAIRED(test_all_of_it_comes_back),
		REPAIRED(test_in_place_of_what_is_there),
		REPAIRED(test_into_another_system),
		REPAIRED(test_the_queue_outlives_the_rows),
		REPAIRED(test_a_killed_restore_is_run_again),
		REPAIRED(test_a_reset_ends_a_killed_restore),
		REPAIRED(test_bad_files_change_nothing),
		REPAIRED(test_through_a_pipe),
	};

	return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
