#include <stdio.h>

#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"

/* Case 19 of docs/failure-cases.md: SQL is there and refuses to write. What was
 * promised waits and is never dead-lettered. A full disk is in
 * test_machine_faults.c. */

enum { BACKLOG = 20 };

/* Waits until the persister was refused, and looks that nothing went through
 * yet. */
static void assert_held_up(const struct talk *talk, struct witness *witness)
{
	assert_becomes(witness_has_retried, witness, DRAINED_MS);
	assert_int_equal(store_rows(talk->application), 0);
}

static void assert_went_through(const struct talk *talk,
				const struct witness *witness)
{
	fault_assert_settled(talk, BACKLOG);
	witness_assert_patient(witness);
}

/* ---- read-only ---- */

static void assert_writes_are_refused(const struct talk *talk)
{
	const struct http_reply *reply = api("PATCH", "{\"name\":\"refused\"}",
					     "/applications/%s", talk->token);

	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
	assert_status(api("POST", "{\"name\":\"refused\"}", "/applications"),
		      503);
	assert_status(api("GET", NULL, "/applications/%s", talk->token), 200);
}

static void test_19_read_only(void **state)
{
	struct witness witness;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	witness_init(&witness, "persister");
	sql_set_global("read_only", 1);
	fault_post(&talk, 1, BACKLOG);
	assert_held_up(&talk, &witness);
	assert_writes_are_refused(&talk);
	sql_reset_globals();
	assert_went_through(&talk, &witness);
}

/* ---- locks ---- */

static void hold_row(const struct talk *talk, unsigned number)
{
	sql_session_run("INSERT INTO messages (application_id, chat_number, "
			"number, event_id, generation, body, created_at, "
			"updated_at) VALUES (%llu, 1, %u, REPEAT('x', 16), 1, "
			"'held', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
			(unsigned long long)talk->application, number);
}

/* 1205 */
static void test_19_lock_wait_timeout(void **state)
{
	struct witness witness;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	witness_init(&witness, "persister");
	sql_session_run("BEGIN");
	hold_row(&talk, BACKLOG);
	fault_post(&talk, 1, BACKLOG);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	sql_session_close();
	assert_went_through(&talk, &witness);
}

/* The server lets that one live that has changed more. */
static void change_much(const struct talk *talk)
{
	for (unsigned number = 1001; number <= 1100; number++)
		hold_row(talk, number);
}

static uint64_t server_deadlocks(void)
{
	return store_number("SELECT count FROM information_schema."
			    "innodb_metrics WHERE name = 'lock_deadlocks'");
}

/* In one delivery, so that one transaction of the persister has them all. */
static void publish_backlog(const struct talk *talk)
{
	struct buf lines = BUF_INIT;
	char text[32];

	for (unsigned number = 1; number <= BACKLOG; number++) {
		snprintf(text, sizeof(text), "text %u", number);
		buf_append_text(&lines, broker_event(talk, number, text));
	}
	broker_publish("message.created", lines.data);
	buf_release(&lines);
}

/* 1213: our session has row BACKLOG, the persister has those below and waits
 * for it; then we want row 1. */
static void test_19_deadlock(void **state)
{
	uint64_t before = server_deadlocks();
	struct witness witness;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	/* after refusals it would write a few rows at a time */
	stack_stop("persister");
	stack_start("persister");
	witness_init(&witness, "persister");
	sql_session_run("BEGIN");
	change_much(&talk);
	hold_row(&talk, BACKLOG);
	publish_backlog(&talk);
	assert_becomes(sql_lock_is_awaited, NULL, DRAINED_MS);
	hold_row(&talk, 1);
	assert_true(server_deadlocks() > before);
	sql_session_close();
	assert_went_through(&talk, &witness);
}

/* ---- too many connections ---- */

/* 1040: the servers' least; the daemons have more than that open. */
#define LEAST_CONNECTIONS 10

static void test_19_too_many_connections(void **state)
{
	struct witness witness;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	witness_init(&witness, "persister");
	assert_true(store_number("SELECT COUNT(*) FROM "
				 "information_schema.processlist") >
		    LEAST_CONNECTIONS);
	sql_session_run("DO 1"); /* while there is room */
	sql_set_global("max_connections", LEAST_CONNECTIONS);
	sql_cut("persister");
	fault_post(&talk, 1, BACKLOG);
	assert_held_up(&talk, &witness);
	sql_reset_globals();
	assert_went_through(&talk, &witness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_19_read_only, sql_repair),
		cmocka_unit_test_teardown(test_19_lock_wait_timeout,
					  sql_repair),
		cmocka_unit_test_teardown(test_19_deadlock, sql_repair),
		cmocka_unit_test_teardown(test_19_too_many_connections,
					  sql_repair),
	};

	return cmocka_run_group_tests_name("sql_refusals", tests, NULL, NULL);
}
