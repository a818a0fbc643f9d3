#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/integration/harness.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/relay.h"
#include "tests/integration/stores.h"

/* One of several persisters is in trouble: the others go on without it. */

/* Longer than a persister is patient without its database, or the database and
 * the broker are with a client that says nothing. */
#define LET_GO_MS 120000

/* ---- one that has lost the database ---- */

static bool is_stored(void *context)
{
	return store_rows(((const struct talk *)context)->application) == 1;
}

static bool holds_one(void *context)
{
	return metric_sum(((const struct worker *)context)->metrics_url,
			  "confab_consumer_in_hand_deliveries") == 1;
}

static void test_one_without_a_database(void **state)
{
	char changed[96];
	struct worker worker;
	struct relay relay;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	relay_start((uint16_t)atoi(setting("DATABASE_PORT")), &relay);
	snprintf(changed, sizeof(changed),
		 "DATABASE_HOST=127.0.0.1 DATABASE_PORT=%u", relay.port);
	worker_start_with("persister", changed, &worker);
	stack_stop("persister");
	relay_cut(&relay);
	/* it is the only one, and takes the event in hand */
	create_message(talk.token, 1, "in the wrong hands");
	assert_becomes(holds_one, &worker, STORED_MS);
	stack_start("persister");
	assert_becomes(is_stored, &talk, LET_GO_MS);
	worker_stop(&worker);
}

/* ---- one that stands still while it drains ---- */

static bool create_is_accepted(void *context)
{
	const struct talk *talk = context;

	return api("POST", "{\"body\":\"afterwards\"}",
		   "/applications/%s/chats/1/messages", talk->token)
		       ->status == 202;
}

static bool somebody_drains(void *context)
{
	(void)context;
	return store_number(
		       "SELECT IS_USED_LOCK('confab.drain') IS NOT NULL") &&
	       store_number("SELECT state = 'draining' FROM numbering");
}

/* Which of the two has not stood aside. */
struct pair {
	struct worker *workers;
	struct worker *holder;
};

static bool one_stands_aside(void *context)
{
	struct pair *pair = context;
	bool connected[2];

	for (int i = 0; i < 2; i++)
		connected[i] = metric_sum(pair->workers[i].metrics_url,
					  "confab_consumer_connected") == 1;
	pair->holder = &pair->workers[connected[0] ? 0 : 1];
	return connected[0] != connected[1];
}

static void test_one_that_stands_still_while_it_drains(void **state)
{
	struct worker third, workers[2];
	struct pair pair = { workers, NULL };
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	worker_start("persister", &third);
	worker_start("persister", &workers[0]);
	worker_start("persister", &workers[1]);
	stack_stop("persister");
	/* as long as the broker waits for it, nobody can prove anything */
	kill(third.pid, SIGSTOP);
	numbers_store_flush();
	assert_becomes(somebody_drains, NULL, LET_GO_MS);
	assert_becomes(one_stands_aside, &pair, STORED_MS);
	kill(pair.holder->pid, SIGSTOP);
	assert_becomes(create_is_accepted, &talk, LET_GO_MS);
	kill(pair.holder->pid, SIGCONT);
	kill(third.pid, SIGCONT);
	for (int i = 0; i < 2; i++)
		worker_stop(&workers[i]);
	worker_stop(&third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_one_without_a_database,
					  stack_repair),
		cmocka_unit_test_teardown(
			test_one_that_stands_still_while_it_drains,
			stack_repair),
	};

	return cmocka_run_group_tests_name("persisters", tests, NULL, NULL);
}
