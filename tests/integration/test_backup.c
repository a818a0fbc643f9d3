#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/running_verb.h"
#include "tests/integration/stores.h"
#include "tests/integration/truth.h"

/* confabctl backup, while the daemons run and clients post. */

/* ---- under load ---- */

enum { BEFORE = 1500, ALL = 4000 };

struct backing_up {
	const char *file;
	struct running_verb backup;
	unsigned before; /* acknowledged when it began; 0: it has not */
	bool released;
};

static bool backup_waits(void *unused)
{
	(void)unused;
	return strstr(running_verb_output(), "are not stored yet") != NULL;
}

/* With the persister stopped, what was acknowledged is in the queue alone. */
static void back_up_meanwhile(struct load *load)
{
	struct backing_up *it = load->context;

	if (it->before == 0 && load->acknowledged >= BEFORE) {
		it->before = load->acknowledged;
		running_verb_start(&it->backup, "backup", it->file,
				   "--throttle", "2000");
	}
	if (it->before > 0 && !it->released && backup_waits(NULL)) {
		assert_false(running_verb_has_ended(&it->backup));
		stack_start("persister");
		it->released = true;
	}
}

/* The first `count` that were acknowledged. */
static struct load first_of(const struct load *load, unsigned count)
{
	struct load first = *load;

	first.records = calloc(count, sizeof(*first.records));
	assert_non_null(first.records);
	memcpy(first.records, load->records, count * sizeof(*first.records));
	first.acknowledged = count;
	return first;
}

static void assert_numbers_go_on(const struct talk *talk, unsigned chat)
{
	unsigned long long application = talk->application;
	uint64_t highest = store_number("SELECT MAX(number) FROM messages "
					"WHERE application_id = %llu "
					"AND chat_number = %u",
					application, chat);

	assert_int_equal(create_message(talk->token, chat, "next"),
			 highest + 1);
}

static void test_acknowledged_before_is_in_it(void **state)
{
	struct backing_up it = { .file = truth_new_file("load.backup") };
	struct load load = { .count = ALL,
			     .rest_ms = 20,
			     .step = back_up_meanwhile,
			     .context = &it };
	struct load before;
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, 3);
	stack_stop("persister");
	load_run(&load);
	assert_true(it.released);
	running_verb_assert_exit(&it.backup, 0);
	before = first_of(&load, it.before);
	load_verify(&load);
	truth_keep_rows();

	truth_restore(it.file);
	assert_true(load_is_stored(&before));
	assert_true(load_is_indexed(&before));
	assert_true(load_is_counted(&before));
	assert_int_equal(truth_rows_that_differ(), 0);
	for (unsigned chat = 1; chat <= 3; chat++)
		assert_numbers_go_on(&talk, chat);
	load_release(&before);
	load_release(&load);
}

static void test_without_a_persister_it_says_so(void **state)
{
	static const char *const texts[] = { "one" };
	const char *file = truth_new_file("none.backup");
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	stack_stop("persister");
	create_message(talk.token, 1, "waits");
	assert_non_null(strstr(confabctl(1, "backup", file, NULL, NULL),
			       "no persister runs"));
	assert_int_equal(access(file, F_OK), -1);
}

/* As an API process leaves it that is killed between Redis and the broker. */
static void test_a_number_of_no_event_ends_the_wait(void **state)
{
	static const char *const texts[] = { "one" };
	const char *file = truth_new_file("hole.backup");
	char command[128];
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 1);
	snprintf(command, sizeof(command), "HINCRBY {%llu}:%llu:m:0 0 1",
		 (unsigned long long)talk.application,
		 (unsigned long long)store_number(
			 "SELECT generation FROM numbering"));
	numbers_store_command(command);
	assert_non_null(strstr(confabctl(0, "backup", file, NULL, NULL),
			       "1 numbers were given out and belong to no"));
	assert_int_equal(create_message(talk.token, 1, "three"), 3);
}

/* What was promised before is known when the numbers are open again. */
static void test_while_the_numbers_recover(void **state)
{
	static const char *const texts[] = { "one", "two" };
	const char *file = truth_new_file("recovery.backup");
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 2);
	numbers_store_flush();
	confabctl(0, "backup", file, NULL, NULL);
	fault_shell("zcat '%s' | grep -qx '@rows %llu .*'", file,
		    (unsigned long long)store_number(
			    "SELECT COUNT(*) FROM messages"));
}

/* ---- the file ---- */

static void test_the_file_is_private_and_never_replaced(void **state)
{
	const char *file = truth_new_file("once.backup");
	struct stat there;

	(void)state;
	confabctl(0, "backup", file, NULL, NULL);
	assert_int_equal(stat(file, &there), 0);
	assert_int_equal(there.st_mode & 0777, 0600);
	assert_non_null(
		strstr(confabctl(1, "backup", file, NULL, NULL), "--force"));
	fault_shell("'%s' backup '%s' --force --json | jq -e "
		    "'.tables.settings.rows > 0 and .bytes > 0'",
		    process_path("confabctl"), file);
}

static void test_a_folder_keeps_the_newest(void **state)
{
	const char *folder = truth_file("backups");

	(void)state;
	fault_shell("rm -rf '%s' && mkdir '%s'", folder, folder);
	fault_shell("touch '%s/confab-20200101T000000Z.backup' "
		    "'%s/confab-20200102T000000Z.backup' '%s/mine'",
		    folder, folder, folder);
	confabctl(0, "backup", folder, "--keep", "2");
	fault_shell("cd '%s' && [ \"$(ls | wc -l)\" = 3 ] && [ -e mine ] && "
		    "[ -e confab-20200102T000000Z.backup ]",
		    folder);
	confabctl(2, "backup", folder, "--keep", "0");
}

#define REPAIRED(test) cmocka_unit_test_teardown((test), truth_repair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPAIRED(test_acknowledged_before_is_in_it),
		REPAIRED(test_without_a_persister_it_says_so),
		REPAIRED(test_a_number_of_no_event_ends_the_wait),
		REPAIRED(test_while_the_numbers_recover),
		REPAIRED(test_the_file_is_private_and_never_replaced),
		REPAIRED(test_a_folder_keeps_the_newest),
	};

	return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
