#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/raw.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"

/* What the machine itself runs out of or gets wrong: case 41 of
 * docs/failure-cases.md. The process with the trouble is one more beside the
 * stack's own. */

enum { BACKLOG = 20 };

/* ---- an API process of the test's own ---- */

struct own_api {
	struct worker worker;
	const struct talk *talk;
};

static const struct http_reply *post_to(const struct own_api *own)
{
	char url[512];

	snprintf(url, sizeof(url), "%s/applications/%s/chats/1/messages",
		 worker_url(&own->worker), own->talk->token);
	return http_send("POST", NULL, "{\"body\":\"to the one in trouble\"}",
			 url);
}

static bool own_accepts(void *context)
{
	return post_to(context)->status == 202;
}

static void assert_row_is_shown(struct own_api *own)
{
	struct rows_wanted wanted = { own->talk, 1 };
	char url[512];

	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	snprintf(url, sizeof(url), "%s/applications/%s/chats/1/messages/1",
		 worker_url(&own->worker), own->talk->token);
	assert_status(http_send("GET", NULL, NULL, url), 200);
}

/* ---- file descriptors ---- */

enum { DESCRIPTORS = 64, CLIENTS = 100 };

/* More clients than it can have descriptors; what it cannot take waits. */
static void crowd(const struct worker *worker, int fds[CLIENTS])
{
	for (size_t i = 0; i < CLIENTS; i++) {
		fds[i] = raw_connect(worker_url(worker));
		(void)raw_send(fds[i], "GET /up HTTP/1.1\r\n", 18);
	}
}

static void leave(int fds[CLIENTS])
{
	for (size_t i = 0; i < CLIENTS; i++)
		close(fds[i]);
}

static void test_41_api_without_descriptors(void **state)
{
	struct talk talk;
	struct own_api own = { .talk = &talk };
	int fds[CLIENTS];

	(void)state;
	create_talk(&talk, NULL, 0);
	worker_start_with("api", "ulimit -n 64", &own.worker);
	crowd(&own.worker, fds);
	/* its own connections were made before, and go on */
	(void)post_to(&own);
	leave(fds);
	assert_becomes(own_accepts, &own, DRAINED_MS);
	worker_stop(&own.worker);
}

/* The crowd is at the listener for metrics. */
static void test_41_persister_without_descriptors(void **state)
{
	struct worker worker;
	struct talk talk;
	int fds[CLIENTS];

	(void)state;
	create_talk(&talk, NULL, 0);
	worker_start_with("persister", "ulimit -n 64", &worker);
	stack_stop("persister");
	crowd(&worker, fds);
	/* it has to make a new connection, and has no descriptor for it */
	sql_cut("persister");
	fault_post(&talk, 1, BACKLOG);
	leave(fds);
	fault_assert_settled(&talk, BACKLOG);
	worker_stop(&worker);
}

/* ---- the log's disk ---- */

static void test_41_no_room_for_the_log(void **state)
{
	struct talk talk;
	struct own_api own = { .talk = &talk };
	struct worker persister;

	(void)state;
	create_talk(&talk, NULL, 0);
	worker_start_with("api", "exec 2>/dev/full", &own.worker);
	worker_start_with("persister", "exec 2>/dev/full", &persister);
	stack_stop("persister");
	/* something to tell: a lost connection */
	sql_cut("persister");
	assert_true(own_accepts(&own));
	assert_row_is_shown(&own);
	worker_stop(&persister);
	worker_stop(&own.worker);
}

/* ---- the clock ---- */

/* Sits between the program and the C library; the file at CLOCK_JUMP says by
 * how many seconds the wall clock is wrong. */
static const char clock_source[] =
	"#define _GNU_SOURCE\n"
	"#include <dlfcn.h>\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <time.h>\n"
	"int clock_gettime(clockid_t id, struct timespec *now)\n"
	"{\n"
	"	static int (*next)(clockid_t, struct timespec *);\n"
	"	long jump = 0;\n"
	"	FILE *file;\n"
	"	if (!next)\n"
	"		*(void **)&next = dlsym(RTLD_NEXT, "
	"\"clock_gettime\");\n"
	"	if (next(id, now) != 0 || id != CLOCK_REALTIME)\n"
	"		return id == CLOCK_REALTIME ? -1 : 0;\n"
	"	if ((file = fopen(getenv(\"CLOCK_JUMP\"), \"r\"))) {\n"
	"		if (fscanf(file, \"%ld\", &jump) != 1)\n"
	"			jump = 0;\n"
	"		fclose(file);\n"
	"	}\n"
	"	now->tv_sec += jump;\n"
	"	return 0;\n"
	"}\n";

static void set_clock(long seconds)
{
	fault_shell("echo %ld >'%s.new' && mv '%s.new' '%s'", seconds,
		    fault_path("clock"), fault_path("clock"),
		    fault_path("clock"));
}

static void build_clock(void)
{
	FILE *file = fopen(fault_path("clock.c"), "w");

	assert_non_null(file);
	assert_true(fputs(clock_source, file) >= 0);
	assert_int_equal(fclose(file), 0);
	fault_shell("${CC:-cc} -shared -fPIC -o '%s.so' '%s.c' -ldl",
		    fault_path("clock"), fault_path("clock"));
}

/* How far a row's time is from now, in seconds. */
static int64_t age_of(const struct talk *talk, unsigned number)
{
	return strtoll(store_text("SELECT TIMESTAMPDIFF(SECOND, created_at, "
				  "UTC_TIMESTAMP(3)) FROM messages WHERE "
				  "application_id = %llu AND number = %u",
				  (unsigned long long)talk->application,
				  number),
		       NULL, 10);
}

/* One hour on, then two hours back. */
static void test_41_clock_jumps(void **state)
{
	const long hour = 3600, margin = 300;
	char changed[2048];
	struct talk talk;
	struct own_api own = { .talk = &talk };
	struct rows_wanted wanted = { &talk, 3 };

	(void)state;
	create_talk(&talk, NULL, 0);
	build_clock();
	set_clock(0);
	snprintf(changed, sizeof(changed),
		 "LD_PRELOAD=$(realpath '%s.so') "
		 "CLOCK_JUMP=$(realpath '%s') "
		 "ASAN_OPTIONS=\"$ASAN_OPTIONS:verify_asan_link_order=0\"",
		 fault_path("clock"), fault_path("clock"));
	worker_start_with("api", changed, &own.worker);
	assert_becomes(own_accepts, &own, REFUSED_MS);
	set_clock(hour);
	assert_becomes(own_accepts, &own, REFUSED_MS);
	set_clock(-hour);
	assert_becomes(own_accepts, &own, REFUSED_MS);
	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_in_range(age_of(&talk, 1) + margin, 0, 2 * margin);
	assert_in_range(-age_of(&talk, 2) + margin, hour, hour + 2 * margin);
	assert_in_range(age_of(&talk, 3) + margin, hour, hour + 2 * margin);
	worker_stop(&own.worker);
}

/* ---- names ---- */

/* In a mount namespace of its own, so that nobody else's /etc/hosts changes;
 * the script's third word is what worker_start_with() runs. */
static void write_wrapper(void)
{
	fault_shell("echo '127.0.0.1 sql.test' >'%s'", fault_path("hosts"));
	fault_shell("cat >'%s' <<'END'\n"
		    "#!/bin/sh\n"
		    "exec unshare --mount sh -ec 'mount --bind \"$HOSTS\" "
		    "/etc/hosts; exec \"$PROGRAM\"'\n"
		    "END\n"
		    "chmod 755 '%s'",
		    fault_path("wrapper"), fault_path("wrapper"));
}

static void start_with_name(struct worker *worker_r)
{
	char changed[4096], hosts[1024];

	snprintf(hosts, sizeof(hosts), "%s", fault_path("hosts"));
	snprintf(changed, sizeof(changed),
		 "DATABASE_HOST=sql.test; HOSTS='%s'; PROGRAM=$3; "
		 "set -- \"$1\" \"$2\" '%s' \"$4\"",
		 hosts, fault_path("wrapper"));
	worker_start_with("persister", changed, worker_r);
}

static void test_41_name_is_not_found_at_reconnect(void **state)
{
	struct witness witness = { .service = "persister" };
	struct worker worker;
	struct talk talk;

	(void)state;
	fault_needs_root();
	create_talk(&talk, NULL, 0);
	write_wrapper();
	start_with_name(&worker);
	stack_stop("persister");
	snprintf(witness.url, sizeof(witness.url), "%s", worker.metrics_url);
	fault_shell(": >'%s'", fault_path("hosts"));
	sql_cut("persister");
	fault_post(&talk, 1, BACKLOG);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	assert_int_equal(store_rows(talk.application), 0);
	fault_shell("echo '127.0.0.1 sql.test' >'%s'", fault_path("hosts"));
	fault_assert_settled(&talk, BACKLOG);
	witness_assert_patient(&witness);
	worker_stop(&worker);
}

#define TEST(function) cmocka_unit_test_teardown(function, sql_repair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_41_api_without_descriptors),
		TEST(test_41_persister_without_descriptors),
		TEST(test_41_no_room_for_the_log),
		TEST(test_41_clock_jumps),
		TEST(test_41_name_is_not_found_at_reconnect),
	};

	return cmocka_run_group_tests_name("machine_faults", tests, NULL, NULL);
}
