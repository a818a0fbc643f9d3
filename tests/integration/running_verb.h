#ifndef CONFAB_TESTS_INTEGRATION_RUNNING_VERB_H
#define CONFAB_TESTS_INTEGRATION_RUNNING_VERB_H

#include <stdbool.h>
#include <sys/types.h>

/* confabctl beside the test. One at a time: what it says goes to one file. */
struct running_verb {
	const char *verb;
	pid_t pid;
	int status; /* of waitpid(), once it has ended */
};

/* With up to three words behind the verb; NULL ends them. */
void running_verb_start(struct running_verb *running, const char *verb,
			const char *a, const char *b, const char *c);
/* A condition: it has ended. */
bool running_verb_has_ended(void *running);
/* It exits with that code; waits for it. */
void running_verb_assert_exit(struct running_verb *running, int code);
/* It ends by that signal; waits for it. */
void running_verb_assert_killed(struct running_verb *running, int signal);
/* kill -9, unless it has ended. */
void running_verb_kill(struct running_verb *running);
/* What it has said, valid until the next call. */
const char *running_verb_output(void);

#endif
