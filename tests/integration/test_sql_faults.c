#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"

/* SQL that is away or hangs: cases 15, 18 and 20 of docs/failure-cases.md. */

enum { BACKLOG = 30 };

/* ---- commits that hang ---- */

/* Backup stages stop COMMIT alone; MySQL has nothing like it. */
static void hold_commits(void)
{
	if (strcmp(sql_service(), "mariadb") != 0) {
		print_message("only MariaDB can hold commits back\n");
		skip();
	}
	sql_session_run("BACKUP STAGE START");
	sql_session_run("BACKUP STAGE BLOCK_COMMIT");
}

/* The persister is in COMMIT with some of the rows 1 to BACKLOG. */
static void hang_in_commit(struct talk *talk)
{
	create_talk(talk, NULL, 0);
	hold_commits();
	fault_post(talk, 1, BACKLOG);
	assert_becomes(sql_commit_hangs, NULL, STORED_MS);
}

static bool some_rows(void *context)
{
	return store_rows(((const struct talk *)context)->application) > 0;
}

struct killing {
	const char *service;
	pid_t killed;
};

static bool is_back(void *context)
{
	const struct killing *killing = context;

	return stack_is_back(killing->service, killing->killed);
}

/* Case 15: killed after the commit, before it could acknowledge. It is stopped
 * while SQL commits, so it has not read the answer when it dies. */
static void test_15_killed_between_commit_and_ack(void **state)
{
	struct killing killing = { .service = "persister" };
	struct witness witness;
	struct talk talk;

	(void)state;
	witness_init(&witness, "persister");
	hang_in_commit(&talk);
	assert_false(some_rows(&talk));
	fault_freeze("persister");
	sql_session_close();
	assert_becomes(some_rows, &talk, STORED_MS);
	killing.killed = stack_kill("persister");
	fault_thaw();
	assert_becomes(is_back, &killing, RESTARTED_MS);
	fault_assert_settled(&talk, BACKLOG);
	/* the new process met rows that were there already */
	assert_true(metric_sum(witness.url, "confab_events_repeated_total") >
		    0);
	assert_int_equal(metric_sum(witness.url, "confab_dead_letters_total"),
			 0);
}

/* Case 20: the client gives up waiting for the answer, then SQL commits. */
static void test_20_commit_answered_too_late(void **state)
{
	struct witness witness;
	struct talk talk;

	(void)state;
	witness_init(&witness, "persister");
	hang_in_commit(&talk);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	sql_session_close();
	fault_assert_settled(&talk, BACKLOG);
	witness_assert_patient(&witness);
}

/* Case 20: the connection is cut in the middle of COMMIT. */
static void test_20_cut_in_commit(void **state)
{
	struct witness witness;
	struct talk talk;

	(void)state;
	witness_init(&witness, "persister");
	hang_in_commit(&talk);
	sql_cut("persister");
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	sql_session_close();
	fault_assert_settled(&talk, BACKLOG);
	witness_assert_patient(&witness);
}

/* ---- SQL away under load ---- */

/* Ten minutes in the case, shortened: the persister's pauses between two tries
 * have reached their longest by then. */
#define OUTAGE_MS 15000
/* After so long without SQL a persister gives back what it holds, see
 * persister/persister.c; on a busy machine SQL takes long to come back. */
#define PATIENCE_MS 20000
#define PREFETCH 64
#define MORE_KB (64 * 1024)

static uint64_t memory_kb(const char *service)
{
	char path[64], line[256];
	unsigned long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status",
		 (int)stack_pid(service));
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %lu", &kb) == 1)
			break;
	fclose(file);
	assert_true(kb > 0);
	return kb;
}

static void assert_bounded(const struct witness *witness, uint64_t kb_before)
{
	uint64_t in_hand =
		metric_sum(witness->url, "confab_consumer_in_hand_deliveries");

	assert_in_range(in_hand, 1, PREFETCH);
	assert_true(memory_kb(witness->service) < kb_before + MORE_KB);
}

static void live_without_sql(void (*away)(void), void (*back)(void))
{
	struct load load = { .count = 2000 };
	struct witness witness;
	struct talk talk;
	int64_t since;
	uint64_t kb;
	bool short_enough;

	load_prepare(&load, &talk, 3);
	create_message(talk.token, 1, "the API has met this application");
	witness_init(&witness, "persister");
	kb = memory_kb("persister");
	since = clock_monotonic_ms();
	away();
	load_run(&load);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	while (clock_monotonic_ms() < since + OUTAGE_MS)
		clock_sleep_ms(100);
	assert_bounded(&witness, kb);
	back();
	short_enough = clock_monotonic_ms() < since + PATIENCE_MS;
	load.sent++;
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	if (short_enough)
		witness_assert_patient(&witness);
	else
		witness_assert_alive(&witness);
	load_release(&load);
}

static void stop_sql(void)
{
	stack_stop(sql_service());
}

static void start_sql(void)
{
	stack_start(sql_service());
}

static void freeze_sql(void)
{
	fault_freeze(sql_service());
}

/* Case 18. */
static void test_18_stopped(void **state)
{
	(void)state;
	live_without_sql(stop_sql, start_sql);
}

/* Case 18, and it does not even refuse. */
static void test_18_frozen(void **state)
{
	(void)state;
	live_without_sql(freeze_sql, fault_thaw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_15_killed_between_commit_and_ack,
					  sql_repair),
		cmocka_unit_test_teardown(test_20_commit_answered_too_late,
					  sql_repair),
		cmocka_unit_test_teardown(test_20_cut_in_commit, sql_repair),
		cmocka_unit_test_teardown(test_18_stopped, sql_repair),
		cmocka_unit_test_teardown(test_18_frozen, sql_repair),
	};

	return cmocka_run_group_tests_name("sql_faults", tests, NULL, NULL);
}
