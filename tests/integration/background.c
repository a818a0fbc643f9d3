#include "tests/integration/background.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

#define OUTPUT "background.log"

void background_start(struct background *background, const char *verb,
		      const char *a, const char *b, const char *c)
{
	char program[1024], output[1024];
	int file;

	snprintf(program, sizeof(program), "%s", process_path("confabctl"));
	snprintf(output, sizeof(output), "%s", fault_path(OUTPUT));
	file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	*background = (struct background){ .verb = verb, .pid = fork() };
	assert_true(background->pid >= 0);
	if (background->pid > 0) {
		close(file);
		return;
	}
	if (dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
		_exit(127);
	execl(program, "confabctl", verb, a, b, c, (char *)NULL);
	_exit(127);
}

bool background_has_ended(void *context)
{
	struct background *background = context;

	if (background->pid == 0)
		return true;
	if (waitpid(background->pid, &background->status, WNOHANG) !=
	    background->pid)
		return false;
	background->pid = 0;
	return true;
}

const char *background_output(void)
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

void background_assert_exit(struct background *background, int code)
{
	assert_becomes(background_has_ended, background, 4 * DRAINED_MS);
	if (!WIFEXITED(background->status) ||
	    WEXITSTATUS(background->status) != code)
		fail_msg("%s ended with status %#x:\n%s", background->verb,
			 (unsigned)background->status, background_output());
}

void background_kill(struct background *background)
{
	if (background_has_ended(background))
		return;
	assert_int_equal(kill(background->pid, SIGKILL), 0);
	assert_becomes(background_has_ended, background, DRAINED_MS);
}
