#include "tests/chaos/faults.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/chaos/journal.h"

extern char **environ;

#define EXIT_SKIPPED 3

enum stage { WAITING, BEGINNING, LASTING, ENDING, OVER };

struct run {
	enum stage stage;
	pid_t child;
	bool failed, skipped;
	bool begin_failed;
	int64_t over_ms; /* monotonic */
	struct fault_result result;
};

struct faults {
	struct faults_settings settings;
	struct run *runs;
	int64_t started_ms;
	int control;
};

/* ---- the proxy ---- */

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 5 };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
		    0)
		return fd;
	(void)close(fd);
	return -1;
}

static bool command_proxy(struct faults *faults, const char *link,
			  const char *word, int parameter)
{
	char line[128], answer[3];
	int length = snprintf(line, sizeof(line), "%s %s %d\n", link, word,
			      parameter);

	return send(faults->control, line, (size_t)length, MSG_NOSIGNAL) ==
		       length &&
	       recv(faults->control, answer, sizeof(answer), MSG_WAITALL) ==
		       3 &&
	       memcmp(answer, "ok\n", 3) == 0;
}

/* ---- the script ---- */

static pid_t spawn_act(struct faults *faults, const char *verb,
		       const char *kind, const char *target)
{
	const char *argv[] = { faults->settings.act, verb, kind, target, NULL };
	pid_t pid;
	int code =
		posix_spawn(&pid, argv[0], NULL, NULL, (char **)argv, environ);

	if (code != 0) {
		fprintf(stderr, "chaos: %s: %s\n", argv[0], strerror(code));
		exit(111);
	}
	return pid;
}

static void judge_child(struct run *run, int status)
{
	run->child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED)
		run->skipped = true;
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		run->failed = true;
}

/* False while it is still at work. */
static bool child_is_done(struct run *run)
{
	int status;

	if (run->child == 0)
		return true;
	if (waitpid(run->child, &status, WNOHANG) != run->child)
		return false;
	judge_child(run, status);
	return true;
}

/* ---- one fault ---- */

static void act(struct faults *faults, unsigned index, const char *verb)
{
	const struct plan_fault *fault = &faults->settings.plan->faults[index];
	struct run *run = &faults->runs[index];
	bool begin = strcmp(verb, "begin") == 0;

	journal_write("fault %u %s %s", index, verb, plan_describe(fault));
	if (fault->kind == PLAN_LINK)
		run->failed |= !command_proxy(faults, fault->target,
					      begin ? fault->manner : "pass",
					      begin ? fault->parameter : 0);
	else
		run->child =
			spawn_act(faults, verb, plan_kind_word(fault->kind),
				  fault->target);
}

static void conclude(struct faults *faults, unsigned index)
{
	struct run *run = &faults->runs[index];

	run->stage = OVER;
	run->over_ms = clock_monotonic_ms();
	run->result.outcome = run->skipped  ? FAULT_SKIPPED
			      : run->failed ? FAULT_MISSED
					    : FAULT_SURVIVED;
	journal_write("fault %u over%s", index,
		      run->skipped  ? ", skipped"
		      : run->failed ? ", missed"
				    : "");
}

/* It goes on and on: what comes now is not what was planned. */
static void say_unended(const struct faults *faults, unsigned index)
{
	const struct run *run = &faults->runs[index];

	if (run->failed && !run->begin_failed)
		journal_say(
			"Fault %u (%s) could not be ended.", index,
			plan_describe(&faults->settings.plan->faults[index]));
}

static void advance(struct faults *faults, unsigned index)
{
	const struct plan_fault *fault = &faults->settings.plan->faults[index];
	struct run *run = &faults->runs[index];
	int64_t now_ms = clock_monotonic_ms() - faults->started_ms;

	if (run->stage == WAITING && now_ms >= fault->begins_ms) {
		act(faults, index, "begin");
		run->stage = BEGINNING;
	}
	if (run->stage == BEGINNING && child_is_done(run)) {
		run->begin_failed = run->failed;
		run->stage = LASTING;
	}
	if (run->stage == LASTING && fault->ends_ms == fault->begins_ms)
		conclude(faults, index);
	if (run->stage == LASTING && now_ms >= fault->ends_ms) {
		act(faults, index, "end");
		run->stage = ENDING;
	}
	if (run->stage == ENDING && child_is_done(run)) {
		say_unended(faults, index);
		conclude(faults, index);
	}
}

static void note_recovery(struct faults *faults, unsigned index,
			  int64_t accepted_since_ms)
{
	struct run *run = &faults->runs[index];

	if (run->stage != OVER || run->result.recovered_ms >= 0 ||
	    accepted_since_ms < run->over_ms)
		return;
	run->result.recovered_ms = clock_monotonic_ms() - run->over_ms;
}

/* ---- all of them ---- */

struct faults *faults_new(const struct faults_settings *settings)
{
	struct faults *faults = calloc(1, sizeof(*faults));

	if (!faults)
		return NULL;
	faults->settings = *settings;
	faults->runs =
		calloc(settings->plan->count + 1u, sizeof(*faults->runs));
	faults->control = connect_to(settings->control);
	if (!faults->runs || faults->control < 0) {
		fprintf(stderr, "chaos: the proxy at %s does not answer\n",
			settings->control);
		faults_free(&faults);
		return NULL;
	}
	for (unsigned i = 0; i < settings->plan->count; i++)
		faults->runs[i].result.recovered_ms = -1;
	faults->started_ms = clock_monotonic_ms();
	return faults;
}

void faults_step(struct faults *faults, int64_t accepted_since_ms)
{
	for (unsigned i = 0; i < faults->settings.plan->count; i++) {
		advance(faults, i);
		note_recovery(faults, i, accepted_since_ms);
	}
}

bool faults_are_over(const struct faults *faults)
{
	for (unsigned i = 0; i < faults->settings.plan->count; i++) {
		if (faults->runs[i].stage != OVER)
			return false;
	}
	return true;
}

unsigned faults_active(const struct faults *faults)
{
	unsigned active = 0;

	for (unsigned i = 0; i < faults->settings.plan->count; i++)
		active += faults->runs[i].stage != WAITING &&
			  faults->runs[i].stage != OVER;
	return active;
}

/* `targets` has + between them. */
static bool is_among(const char *targets, const char *target)
{
	size_t length = strlen(target);

	while (*targets) {
		size_t each = strcspn(targets, "+");

		if (each == length && memcmp(targets, target, length) == 0)
			return true;
		targets += each + (targets[each] == '+');
	}
	return false;
}

bool faults_afflict(const struct faults *faults, const char *target)
{
	for (unsigned i = 0; i < faults->settings.plan->count; i++) {
		if (faults->runs[i].stage != WAITING &&
		    faults->runs[i].stage != OVER &&
		    is_among(faults->settings.plan->faults[i].target, target))
			return true;
	}
	return false;
}

bool faults_heal(struct faults *faults)
{
	struct run heal = { 0 };
	bool links = command_proxy(faults, "*", "pass", 0);

	if (!links)
		journal_say("The proxy could not be healed.");
	heal.child = spawn_act(faults, "heal", "all", "all");
	while (!child_is_done(&heal))
		clock_sleep_ms(50);
	if (heal.failed)
		journal_say("Not everything could be healed.");
	return links && !heal.failed;
}

const struct fault_result *faults_result(const struct faults *faults,
					 unsigned index)
{
	return &faults->runs[index].result;
}

void faults_free(struct faults **faults)
{
	if (!*faults)
		return;
	if ((*faults)->control >= 0)
		(void)close((*faults)->control);
	free((*faults)->runs);
	free(*faults);
	*faults = NULL;
}
