#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/*
 * Case 42 of docs/failure-cases.md: everything is restarted in random order,
 * and the system comes up without manual steps.
 *
 *   RESTART_ROUNDS=50   how often, 2 unless said
 *   RESTART_SEED=7      the same order again
 */

/* A search engine takes its time. */
#define UP_MS 120000
#define BUDGET_MS 150000

static const char *names[] = { "api",	  "ingest",   "persister",
			       "indexer", "counter",  "mariadb",
			       "redis",	  "rabbitmq", "elasticsearch" };

static uint64_t dice;

/* splitmix64 */
static unsigned roll(unsigned sides)
{
	uint64_t x = dice += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((x ^ (x >> 31)) % sides);
}

static void shuffle(void)
{
	for (unsigned i = COUNT_OF(names) - 1; i > 0; i--) {
		unsigned other = roll(i + 1);
		const char *name = names[i];

		names[i] = names[other];
		names[other] = name;
	}
}

static unsigned long long number_of(const char *variable,
				    unsigned long long preset)
{
	const char *value = getenv(variable);

	return value && *value ? strtoull(value, NULL, 10) : preset;
}

/* One after the other or nearly at once, asked or not asked. */
static void restart_all(pid_t *before)
{
	shuffle();
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		before[i] = stack_pid(names[i]);
		if (before[i] > 1)
			(void)kill(before[i], roll(2) ? SIGTERM : SIGKILL);
		clock_sleep_ms(roll(4) == 0 ? roll(2000) : 0);
	}
}

struct round {
	struct talk talk;
	pid_t before[COUNT_OF(names)];
	uint64_t posted, accepted;
};

static bool all_are_back(void *context)
{
	const struct round *round = context;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!stack_is_back(names[i], round->before[i]))
			return false;
	return true;
}

static bool ready(void *context)
{
	const struct http_reply *reply = api("GET", NULL, "/ready");

	(void)context;
	if (reply->status != 200 ||
	    strcmp(reply_text(reply, "status"), "ok") != 0)
		return false;
	return ingest("GET", NULL, "/ready")->status == 200;
}

static bool accepted(void *context)
{
	struct round *round = context;
	const struct http_reply *reply =
		api("POST", "{\"body\":\"after a restart\"}",
		    "/applications/%s/chats/1/messages", round->talk.token);

	round->posted++;
	round->accepted += reply->status == 202;
	return reply->status == 202;
}

/* What got no 202 may be stored or not. */
static bool settled(void *context)
{
	const struct round *round = context;
	uint64_t rows = store_rows(round->talk.application);

	return rows >= round->accepted && rows <= round->posted &&
	       store_documents(round->talk.application) == rows &&
	       store_counts_are_right(round->talk.application);
}

static void test_42_all_restarted_in_random_order(void **state)
{
	unsigned long long rounds = number_of("RESTART_ROUNDS", 2);
	bool bounded = rounds <= 5;
	int64_t began = clock_monotonic_ms();
	unsigned long long i = 0;
	struct round round = { 0 };

	(void)state;
	dice = number_of("RESTART_SEED", (unsigned long long)clock_wall_ms());
	print_message("RESTART_SEED=%llu RESTART_ROUNDS=%llu\n",
		      (unsigned long long)dice, rounds);
	create_talk(&round.talk, NULL, 0);
	while (i < rounds) {
		restart_all(round.before);
		assert_becomes(all_are_back, &round, UP_MS);
		assert_becomes(ready, NULL, UP_MS);
		assert_becomes(accepted, &round, UP_MS);
		assert_becomes(settled, &round, UP_MS);
		i++;
		/* a slow machine gets fewer, but not none */
		if (bounded && clock_monotonic_ms() - began > BUDGET_MS)
			break;
	}
	print_message("%llu rounds\n", i);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_42_all_restarted_in_random_order,
					  stack_repair),
	};
	const char *sql = getenv("SQL");

	if (sql && strcmp(sql, "mysql") == 0)
		names[5] = "mysql";
	return cmocka_run_group_tests_name("restarts", tests, NULL, NULL);
}
