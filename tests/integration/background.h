#ifndef CONFAB_TESTS_INTEGRATION_BACKGROUND_H
#define CONFAB_TESTS_INTEGRATION_BACKGROUND_H

#include <stdbool.h>
#include <sys/types.h>

/* confabctl beside the test. One at a time: what it says goes to one file. */
struct background {
	const char *verb;
	pid_t pid;
	int status; /* of waitpid(), once it has ended */
};

/* With up to three words behind the verb; NULL ends them. */
void background_start(struct background *background, const char *verb,
		      const char *a, const char *b, const char *c);
/* A condition: it has ended. */
bool background_has_ended(void *background);
/* It exits with that code; waits for it. */
void background_assert_exit(struct background *background, int code);
/* kill -9, unless it has ended. */
void background_kill(struct background *background);
/* What it has said, valid until the next call. */
const char *background_output(void);

#endif
