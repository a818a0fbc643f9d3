#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/faults.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"
#include "tests/integration/tls.h"

/* All five programs reach all servers by TLS alone, also after connections were
 * cut and certificates renewed. */

static const char *const workers[] = { "persister", "indexer", "counter" };
#define ALL (1 + COUNT_OF(workers))

/* One API and one worker of each kind in place of the stack's own, whose API
 * the requests of the test go to. */
struct programs {
	struct worker all[ALL];
};

static char stacks_api[128];

static void programs_start(const struct tls_servers *servers,
			   struct programs *programs_r)
{
	worker_start_with("api", tls_settings(servers, "api"),
			  &programs_r->all[0]);
	for (size_t i = 0; i < COUNT_OF(workers); i++) {
		stack_stop(workers[i]);
		worker_start_with(workers[i], tls_settings(servers, workers[i]),
				  &programs_r->all[1 + i]);
	}
	assert_int_equal(
		setenv("CONFAB_API_URL", worker_url(&programs_r->all[0]), 1),
		0);
}

static void programs_stop(struct programs *programs)
{
	for (size_t i = 0; i < ALL; i++)
		worker_stop(&programs->all[i]);
	tls_assert_discreet("api");
	for (size_t i = 0; i < COUNT_OF(workers); i++)
		tls_assert_discreet(workers[i]);
}

/* The engine has the time that a search may take, and SQL answers after it. */
static bool is_found(void *context)
{
	const struct rows_wanted *wanted = context;
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages/search?q=text",
		wanted->talk->token);

	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), wanted->rows);
	return strcmp(http_header(reply, "X-Search-Engine"), "elasticsearch") ==
	       0;
}

/* Stored, indexed, counted, and found by the engine. */
static void assert_complete(const struct talk *talk, unsigned rows)
{
	struct rows_wanted wanted = { talk, rows };

	assert_becomes(fault_has_all, &wanted, DRAINED_MS);
	assert_becomes(is_found, &wanted, DRAINED_MS);
}

static void assert_all_up(const char *health)
{
	static const char *const names[] = { "api", "database", "redis",
					     "rabbitmq", "elasticsearch" };
	char line[64];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(line, sizeof(line), "%-16s up\n", names[i]);
		if (!strstr(health, line))
			fail_msg("%s is not up:\n%s", names[i], health);
	}
}

/* ---- the servers' own TLS ---- */

static void test_end_to_end(void **state)
{
	struct tls_servers servers = tls_servers();
	struct tls_relay engine = { 0 };
	struct programs programs;
	struct talk talk;

	(void)state;
	tls_relay_start(tls_plain_servers().elasticsearch,
			tls_certificate(TLS_GOOD), &engine);
	servers.elasticsearch = engine.port;
	programs_start(&servers, &programs);
	create_talk(&talk, NULL, 0);
	fault_post(&talk, 1, 3);
	assert_complete(&talk, 3);
	assert_all_up(tls_confabctl(&servers, 0, "health"));
	assert_non_null(
		strstr(tls_confabctl(&servers, 0, "status"), "confab.persist"));
	assert_non_null(
		strstr(tls_confabctl(&servers, 0, "queues"), "confab.persist"));
	programs_stop(&programs);
	tls_relay_stop(&engine);
}

/* That login is what shows that SQL was reached by TLS. */
static void test_login_needs_tls(void **state)
{
	const struct tls_servers servers = tls_plain_servers();
	const char *const argv[] = {
		"sh",
		"-c",
		"set -a; eval \"$1\"; DATABASE_TLS=off exec \"$2\" "
		"seed-summary "
		"2>&1",
		"sh",
		tls_settings(&servers, "confabctl"),
		process_path("confabctl"),
		NULL,
	};
	struct buf output = BUF_INIT;

	(void)state;
	assert_int_equal(process_run(argv, &output), 1);
	if (!strstr(output.data, "Access denied"))
		fail_msg("it was let in: %s", output.data);
	buf_release(&output);
}

/* ---- cut and renewed ---- */

static void assert_logged(const char *log, const char *text)
{
	struct tls_words words = { log, text };

	if (!wait_until(tls_is_logged, &words, DRAINED_MS))
		fail_msg("%s does not log: %s", log, text);
}

static bool is_unready(void *unused)
{
	(void)unused;
	return api("GET", NULL, "/ready")->status == 503;
}

struct post {
	const struct talk *talk;
	unsigned number;
};

/* By its key it is one message, however often it is tried. */
static bool is_accepted(void *context)
{
	const struct post *post = context;
	char key[64], body[64];

	snprintf(key, sizeof(key), "Idempotency-Key: tls-%u", post->number);
	snprintf(body, sizeof(body), "{\"message\":{\"body\":\"text %u\"}}",
		 post->number);
	return api_with(key, "POST", body, "/applications/%s/chats/1/messages",
			post->talk->token)
		       ->status == 202;
}

/* One more, which makes it `rows`. */
static void assert_recovered(const struct talk *talk, unsigned rows)
{
	struct post post = { talk, rows };

	assert_becomes(is_accepted, &post, DRAINED_MS);
	assert_complete(talk, rows);
}

/* Redis first and alone: only a create looks at it, and none does while the
 * broker is away. */
static void cut_redis(struct tls_front *front, enum tls_certificate next)
{
	tls_relay_stop(&front->redis);
	tls_relay_start(tls_plain_servers().redis, tls_certificate(next),
			&front->redis);
}

static void cut_all(struct tls_front *front, enum tls_certificate next)
{
	tls_front_stop(front);
	tls_sql_shows(next);
	sql_cut("tls");
	tls_front_start(next, front);
}

static bool is_refused_by_redis(void *post)
{
	struct tls_words words = {
		"api", "Redis: TLS: certificate verify failed: unable to get "
		       "local issuer certificate"
	};

	assert_false(is_accepted(post));
	return tls_is_logged(&words);
}

/* Who was connected before looks at the certificate again. */
static void assert_distrusted(const struct talk *talk, struct tls_front *front)
{
	static const char reason[] = "unable to get local issuer certificate";
	struct post post = { talk, 0 };

	cut_redis(front, TLS_NEW);
	assert_becomes(is_refused_by_redis, &post, DRAINED_MS);
	cut_all(front, TLS_NEW);
	assert_becomes(is_unready, NULL, DRAINED_MS);
	assert_false(is_accepted(&post));
	assert_logged("api", "name=mysql reason=\"TLS/SSL error: unable to get "
			     "local issuer certificate");
	assert_logged("api", "name=elasticsearch reason=\"SSL certificate "
			     "problem: unable to get local issuer");
	assert_logged("api", "connecting to localhost port ");
	for (size_t i = 0; i < COUNT_OF(workers); i++)
		assert_logged(workers[i], reason);
}

static void test_renewed(void **state)
{
	struct tls_front front = { 0 };
	struct tls_servers servers;
	struct programs programs;
	struct talk talk;

	(void)state;
	tls_front_start(TLS_GOOD, &front);
	servers = tls_front_servers(&front);
	programs_start(&servers, &programs);
	create_talk(&talk, NULL, 0);
	fault_post(&talk, 1, 2);
	assert_complete(&talk, 2);

	cut_all(&front, TLS_GOOD);
	assert_recovered(&talk, 3);

	assert_distrusted(&talk, &front);
	tls_change_authority();
	assert_recovered(&talk, 4);
	programs_stop(&programs);
	tls_front_stop(&front);
}

static int set_up(void **state)
{
	snprintf(stacks_api, sizeof(stacks_api), "%s",
		 setting("CONFAB_API_URL"));
	return tls_set_up(state);
}

static int repair(void **state)
{
	if (setenv("CONFAB_API_URL", stacks_api, 1) != 0)
		return -1;
	tls_sql_shows(TLS_GOOD);
	return fault_repair(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_end_to_end, repair),
		cmocka_unit_test(test_login_needs_tls),
		cmocka_unit_test_teardown(test_renewed, repair),
	};

	return cmocka_run_group_tests_name("TLS to the servers", tests, set_up,
					   tls_take_down);
}
