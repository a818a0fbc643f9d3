#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config.h"
#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/stores.h"
#include "tests/integration/tampered.h"

/*
 * Calls on sockets that fail, in all four daemons at once and under load: case
 * 40 of docs/failure-cases.md. A connection is broken, and then the n-th call
 * after that fails, for n = 1, 2, 3 ...: while it is made anew, in its log-in,
 * in the first statements over it. SOCKET_ROUNDS=4 meets each of the four
 * errors at each n; one round takes them by turns.
 */

enum { LINKS_MAX = 3, CALLS = 40, CHATS = 5, SMALL = 100 };

static const int errors[] = { ECONNRESET, EPIPE, ETIMEDOUT, EAGAIN };

struct subject {
	const char *service;
	const char *links[LINKS_MAX]; /* settings with the servers' addresses */

	/* the way through them */
	struct tampered daemon;
	unsigned link, n, round;
	bool armed;
	int64_t since_ms; /* of the last step ahead */
};

static struct subject subjects[] = {
	{ .service = "api",
	  .links = { "REDIS_URL", "RABBITMQ_URL", "DATABASE_PORT" } },
	{ .service = "persister",
	  .links = { "RABBITMQ_URL", "DATABASE_PORT" } },
	{ .service = "indexer",
	  .links = { "RABBITMQ_URL", "ELASTICSEARCH_URL" } },
	{ .service = "counter", .links = { "RABBITMQ_URL", "DATABASE_PORT" } },
};

static char *stack_api;

static unsigned port_in(const char *name)
{
	const char *value = setting(name);
	struct config_url url;
	unsigned port;

	if (!config_url_parse(value, &url))
		return (unsigned)atoi(value);
	port = (unsigned)url.port;
	config_url_release(&url);
	return port;
}

static void start_all(void)
{
	stack_api = strdup(setting("CONFAB_API_URL"));
	assert_non_null(stack_api);
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		tampered_start(&subjects[i].daemon, subjects[i].service);
	assert_int_equal(setenv("CONFAB_API_URL",
				worker_url(&subjects[0].daemon.worker), 1),
			 0);
}

static void stop_all(void)
{
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		tampered_stop(&subjects[i].daemon);
}

static int release_all(void **state)
{
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		tampered_release(&subjects[i].daemon);
	if (stack_api)
		(void)setenv("CONFAB_API_URL", stack_api, 1);
	free(stack_api);
	stack_api = NULL;
	return fault_repair(state);
}

static void assert_discreet(const struct talk *talk)
{
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		if (tampered_says(&subjects[i].daemon, talk->token))
			fail_msg("%s has logged a token", subjects[i].service);
}

static uint64_t letters(void)
{
	return store_number("SELECT COUNT(*) FROM dead_letters");
}

/* ---- reads and edits beside the creates ---- */

static void assert_answered(const struct http_reply *reply, bool may_refuse)
{
	if (may_refuse && reply->status == 503)
		assert_non_null(http_header(reply, "Retry-After"));
	else
		assert_status(reply, 200);
}

static void ask(const struct talk *talk, bool may_refuse)
{
	assert_answered(api("GET", NULL, "/applications/%s/chats", talk->token),
			may_refuse);
	assert_answered(api("PATCH", "{\"application\":{\"name\":\"Other\"}}",
			    "/applications/%s", talk->token),
			may_refuse);
}

/* ---- connections that break ---- */

static unsigned rounds(void)
{
	const char *text = getenv("SOCKET_ROUNDS");

	return text ? (unsigned)atoi(text) : 1;
}

static bool is_through(const struct subject *subject)
{
	return subject->link == LINKS_MAX || !subject->links[subject->link];
}

static void arm(struct subject *subject)
{
	unsigned which = subject->n + subject->link + subject->round;

	tampered_break(&subject->daemon, port_in(subject->links[subject->link]),
		       subject->n + 1, errors[which % COUNT_OF(errors)]);
	subject->armed = true;
	subject->since_ms = clock_monotonic_ms();
}

static void go_on(struct subject *subject)
{
	subject->armed = false;
	subject->since_ms = clock_monotonic_ms();
	if (++subject->n < CALLS)
		return;
	subject->n = 0;
	if (++subject->round < rounds())
		return;
	subject->round = 0;
	subject->link++;
}

static void check_time(const struct subject *subject)
{
	if (clock_monotonic_ms() - subject->since_ms < DRAINED_MS)
		return;
	fail_msg("%s, %s, call %u: %s", subject->service,
		 subject->links[subject->link], subject->n + 1,
		 subject->armed ? "does not come" : "never recovers");
}

static void advance(struct subject *subject)
{
	if (is_through(subject))
		return;
	check_time(subject);
	if (subject->armed) {
		if (atomic_load(&subject->daemon.control->struck) < 2)
			return;
		tampered_rest(&subject->daemon);
		go_on(subject);
	}
	if (!is_through(subject) && tampered_is_well(&subject->daemon))
		arm(subject);
}

/* The load ends when all are through. */
static void advance_all(struct load *load)
{
	bool through = true;

	ask(load->talk, true);
	for (size_t i = 0; i < COUNT_OF(subjects); i++) {
		advance(&subjects[i]);
		through = through && is_through(&subjects[i]);
	}
	if (through)
		load->count = load->sent - load->refused;
}

static void test_40_calls_fail(void **state)
{
	struct load load = { .count = 100000,
			     .connections = 8,
			     .rest_ms = 50,
			     .forgiving = true,
			     .orphans = true,
			     .step = advance_all };
	uint64_t before = letters();
	struct talk talk;

	(void)state;
	start_all();
	load_prepare(&load, &talk, CHATS);
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		subjects[i].since_ms = clock_monotonic_ms();
	load_run(&load);
	/* answered, each of them */
	assert_int_equal(load.odd, 0);
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_int_equal(letters(), before);
	print_message("%u creates acknowledged, %u refused\n",
		      load.acknowledged, load.refused);
	assert_discreet(&talk);
	stop_all();
	load_release(&load);
}

/* ---- calls that are interrupted, or move a single byte ---- */

static void step_and_ask(struct load *load)
{
	ask(load->talk, false);
}

static void note_closed(unsigned closed_r[])
{
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		closed_r[i] = atomic_load(&subjects[i].daemon.control->closed);
}

/* Nobody sees anything of it: no create is refused, no connection given up. */
static void test_40_calls_are_interrupted(void **state)
{
	struct load load = { .count = SMALL,
			     .connections = 8,
			     .step = step_and_ask };
	uint64_t before = letters();
	struct talk talk;
	unsigned known[COUNT_OF(subjects)], closed[COUNT_OF(subjects)];

	(void)state;
	start_all();
	load_prepare(&load, &talk, CHATS);
	ask(&talk, false);
	note_closed(known);
	for (size_t i = 0; i < COUNT_OF(subjects); i++)
		tampered_tease(&subjects[i].daemon);
	load_run(&load);
	load_verify(&load);
	note_closed(closed);
	for (size_t i = 0; i < COUNT_OF(subjects); i++) {
		assert_true(atomic_load(&subjects[i].daemon.control->teased) >
			    SMALL);
		if (closed[i] != known[i])
			fail_msg("%s: %u connections were given up",
				 subjects[i].service, closed[i] - known[i]);
	}
	assert_int_equal(letters(), before);
	assert_discreet(&talk);
	stop_all();
	load_release(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_40_calls_fail, release_all),
		cmocka_unit_test_teardown(test_40_calls_are_interrupted,
					  release_all),
	};

	return cmocka_run_group_tests_name("socket_faults", tests, NULL, NULL);
}
