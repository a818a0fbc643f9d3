#include "tests/integration/running_verb.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

#define OUTPUT "running.log"

void running_verb_start(struct running_verb *running, const char *verb,
			const char *a, const char *b, const char *c)
{
	char program[1024], output[1024];
	int file;

	snprintf(program, sizeof(program), "%s", process_path("confabctl"));
	snprintf(output, sizeof(output), "%s", fault_path(OUTPUT));
	file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	*running = (struct running_verb){ .verb = verb, .pid = fork() };
	assert_true(running->pid >= 0);
	if (running->pid > 0) {
		close(file);
		return;
	}
	if (dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
		_exit(127);
	execl(program, "confabctl", verb, a, b, c, (char *)NULL);
	_exit(127);
}

bool running_verb_has_ended(void *context)
{
	struct running_verb *running = context;

	if (running->pid == 0)
		return true;
	if (waitpid(running->pid, &running->status, WNOHANG) != running->pid)
		return false;
	running->pid = 0;
	return true;
}

const char *running_verb_output(void)
{
	static char text[8192];
	FILE *file = fopen(fault_path(OUTPUT), "r");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return text;
}

void running_verb_assert_exit(struct running_verb *running, int code)
{
	assert_becomes(running_verb_has_ended, running, 4 * DRAINED_MS);
	if (!WIFEXITED(running->status) || WEXITSTATUS(running->status) != code)
		fail_msg("%s ended with status %#x:\n%s", running->verb,
			 (unsigned)running->status, running_verb_output());
}

void running_verb_assert_killed(struct running_verb *running, int signal)
{
	assert_becomes(running_verb_has_ended, running, 4 * DRAINED_MS);
	if (!WIFSIGNALED(running->status) ||
	    WTERMSIG(running->status) != signal)
		fail_msg("%s ended with status %#x:\n%s", running->verb,
			 (unsigned)running->status, running_verb_output());
}

void running_verb_kill(struct running_verb *running)
{
	if (running_verb_has_ended(running))
		return;
	assert_int_equal(kill(running->pid, SIGKILL), 0);
	assert_becomes(running_verb_has_ended, running, DRAINED_MS);
}
