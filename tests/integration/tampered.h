#ifndef CONFAB_TESTS_INTEGRATION_TAMPERED_H
#define CONFAB_TESTS_INTEGRATION_TAMPERED_H

#include <stdbool.h>

#include "tests/integration/processes.h"
#include "tests/preload/sockets.h"

/* A daemon whose calls on sockets fail when a test says so. */
struct tampered {
	const char *service;
	struct worker worker;
	struct sockets_control *control;
	char log[512]; /* the file that it logs to */
};

/* A worker comes in the place of the stack's own, an API beside it. */
void tampered_start(struct tampered *daemon_r, const char *service);
/* The test fails when the daemon is not the process that was started any more,
 * or does not stop as it should. */
void tampered_stop(struct tampered *daemon);
/* For a teardown, after a failed test as well: what is left of it goes. */
void tampered_release(struct tampered *daemon);

/* Two calls break, see sockets.h. tampered_rest() ends that and the other. */
void tampered_break(struct tampered *daemon, unsigned port, unsigned later,
		    int error);
void tampered_tease(struct tampered *daemon);
void tampered_rest(struct tampered *daemon);

/* It is the process that was started, and /ready says that all is well. */
bool tampered_is_well(const struct tampered *daemon);
/* Its log has this text. */
bool tampered_says(const struct tampered *daemon, const char *text);

#endif
