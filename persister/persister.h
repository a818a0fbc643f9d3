#ifndef CONFAB_PERSISTER_PERSISTER_H
#define CONFAB_PERSISTER_PERSISTER_H

#include <signal.h>

#include "persister/config.h"

/*
 * The parts of the daemon, put together: one SQL connection, the rows that it
 * writes, and the proof that recoveries of the numbers wait for.
 */

/* Runs until *stop. Returns an exit code. */
int persister_run(const struct persister_config *config,
		  volatile sig_atomic_t *stop);

#endif
