#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config.h"
#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/scene.h"
#include "tests/integration/stores.h"

/*
 * A member of a Redis Cluster in the place of Redis, which does not serve all
 * keys: case 27 of docs/failure-cases.md.
 */

enum { CREATES = 1500, CHATS = 5, REFUSED = 30 };

/* for the shell that tell() starts */
#define SLOT_OF_MARK "$(redis-cli -p $AT CLUSTER KEYSLOT confab:mark)"
#define EXPLANATION "a member of a Redis Cluster"

/* ---- members ---- */

struct member {
	const char *name; /* of its folder */
	unsigned beyond;  /* its port, from that of Redis on */
	pid_t pid;
};

static struct member here = { .name = "member", .beyond = 0 };
static struct member elsewhere = { .name = "other-member", .beyond = 2 };

static unsigned port_of(const struct member *member)
{
	struct config_url url;
	unsigned port;

	assert_true(config_url_parse(setting("REDIS_URL"), &url));
	port = (unsigned)url.port + member->beyond;
	config_url_release(&url);
	return port;
}

/* Runs a command there; false when it answers with an error. */
static bool tell(const struct member *member, const char *words,
		 struct buf *output_r)
{
	struct config_url url;
	char line[512];
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	int code;

	assert_true(config_url_parse(setting("REDIS_URL"), &url));
	snprintf(line, sizeof(line),
		 "export REDISCLI_AUTH='%s' AT=%u; "
		 "redis-cli -e -p $AT %s",
		 url.password, port_of(member), words);
	config_url_release(&url);
	code = process_run(argv, output_r);
	return code == 0;
}

static void must(const struct member *member, const char *words)
{
	struct buf output = BUF_INIT;

	if (!tell(member, words, &output))
		fail_msg("%s: %s", words, output.data);
	buf_release(&output);
}

static void assert_answer(const struct member *member, const char *words,
			  const char *expected)
{
	struct buf output = BUF_INIT;

	assert_true(tell(member, words, &output));
	assert_string_equal(output.data, expected);
	buf_release(&output);
}

static bool answers(void *context)
{
	return tell(context, "PING", NULL);
}

/* In the child: never returns. With the logins of the stack's own Redis. */
static void become(const struct member *member)
{
	static const char script[] =
		"settings=$(realpath \"$3/redis.conf\") && cd \"$0/$1\" && "
		"exec redis-server \"$settings\" --dir \"$PWD\" --port $2 "
		"--cluster-port $(($2 + 1)) --tls-port 0 "
		"--cluster-enabled yes --cluster-require-full-coverage no "
		">/dev/null";
	char port[16];

	snprintf(port, sizeof(port), "%u", port_of(member));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/bin/sh", "sh", "-c", script, setting("STACK_DIR"), member->name,
	      port, stack_home("redis"), (char *)NULL);
	_exit(127);
}

static void forget_data(const struct member *member)
{
	fault_shell("rm -rf '%s'", fault_path(member->name));
}

static void member_start(struct member *member)
{
	forget_data(member);
	fault_shell("mkdir '%s'", fault_path(member->name));
	member->pid = fork();
	assert_true(member->pid >= 0);
	if (member->pid == 0)
		become(member);
	assert_becomes(answers, member, RESTARTED_MS);
}

static void member_stop(struct member *member)
{
	if (member->pid <= 0)
		return;
	(void)kill(member->pid, SIGKILL);
	(void)waitpid(member->pid, NULL, 0);
	member->pid = 0;
	forget_data(member);
}

static void replace_redis(void)
{
	stack_stop("redis");
	member_start(&here);
}

static void put_redis_back(void)
{
	member_stop(&here);
	stack_start("redis");
}

static int cluster_repair(void **state)
{
	member_stop(&elsewhere);
	member_stop(&here);
	return fault_repair(state);
}

/* ---- no slot, and slots that are elsewhere ---- */

struct awaited {
	const struct scene *scene;
	const char *text;
};

static bool is_said(void *context)
{
	const struct awaited *awaited = context;

	return scene_says(awaited->scene, "api", EXPLANATION) &&
	       scene_says(awaited->scene, "api", awaited->text);
}

static void assert_refused_for(const struct scene *scene, const char *text)
{
	struct awaited awaited = { scene, text };

	assert_becomes(is_said, &awaited, DRAINED_MS);
	for (int i = 0; i < 5; i++)
		scene_assert_refused(scene);
	assert_status(api("GET", NULL, "/applications/%s/chats/1/messages/1",
			  scene->talk.token),
		      200);
	/* nothing was written at the wrong place */
	assert_answer(&here, "DBSIZE", "0\n");
}

static void give_all_slots_elsewhere(void)
{
	char words[64];

	member_start(&elsewhere);
	snprintf(words, sizeof(words), "CLUSTER MEET 127.0.0.1 %u %u",
		 port_of(&here), port_of(&here) + 1);
	must(&elsewhere, words);
	must(&elsewhere, "CLUSTER ADDSLOTSRANGE 0 16383");
}

static void test_27_moved(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	replace_redis();
	assert_refused_for(&scene, "CLUSTERDOWN");
	give_all_slots_elsewhere();
	assert_refused_for(&scene, "MOVED");
	assert_answer(&elsewhere, "DBSIZE", "0\n");
	member_stop(&elsewhere);
	put_redis_back();
	assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
	assert_becomes(scene_is_settled, &scene, DRAINED_MS);
	/* what was refused took no number */
	assert_int_equal(
		store_number("SELECT MAX(number) FROM messages "
			     "WHERE application_id = %llu",
			     (unsigned long long)scene.talk.application),
		2);
	assert_int_equal(stack_pid("api"), scene.api);
	assert_int_equal(stack_pid("ingest"), scene.ingest);
}

/* ---- slots that go and come back under load ---- */

enum stage { SERVED, NO_SLOT, NO_MARK, SERVED_AGAIN };

struct course {
	enum stage stage;
	unsigned refused; /* when the stage began */
};

static void enter(struct course *course, const struct load *load,
		  enum stage stage)
{
	course->stage = stage;
	course->refused = load->refused;
}

/* Without the slot of the generation's mark, numbers are given and then not
 * vouched for. */
static void advance(struct load *load)
{
	struct course *course = load->context;
	bool refused = load->refused >= course->refused + REFUSED;

	if (course->stage == SERVED && load->acknowledged >= CREATES / 3) {
		must(&here, "CLUSTER DELSLOTSRANGE 0 16383");
		enter(course, load, NO_SLOT);
	} else if (course->stage == NO_SLOT && refused) {
		must(&here, "CLUSTER ADDSLOTSRANGE 0 16383");
		must(&here, "CLUSTER DELSLOTS " SLOT_OF_MARK);
		enter(course, load, NO_MARK);
	} else if (course->stage == NO_MARK && refused) {
		must(&here, "CLUSTER ADDSLOTS " SLOT_OF_MARK);
		enter(course, load, SERVED_AGAIN);
	}
}

static void test_27_slots_lost_under_load(void **state)
{
	struct course course = { .stage = SERVED };
	struct load load = { .count = CREATES,
			     .both_ports = true,
			     .forgiving = true,
			     .step = advance,
			     .context = &course };
	struct scene scene;
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, CHATS);
	scene_begin(&scene);
	replace_redis();
	must(&here, "CLUSTER ADDSLOTSRANGE 0 16383");
	assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
	load_run(&load);
	assert_int_equal(course.stage, SERVED_AGAIN);
	assert_int_equal(load.odd, 0);
	load_verify(&load);
	put_redis_back();
	assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	load_release(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_27_moved, cluster_repair),
		cmocka_unit_test_teardown(test_27_slots_lost_under_load,
					  cluster_repair),
	};

	return cmocka_run_group_tests_name("redis_cluster", tests, NULL, NULL);
}
