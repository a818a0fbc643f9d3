#ifndef CONFAB_PERSISTER_PERSISTER_H
#define CONFAB_PERSISTER_PERSISTER_H

#include "common/consumer.h"
#include "persister/config.h"

/* The parts of the daemon, put together: one SQL connection, the rows that it
 * writes and its part in draining. */
struct persister;

/* Connects to nothing yet. `config` must outlive it. NULL when memory is
 * out. */
struct persister *persister_new(const struct persister_config *config);
void persister_free(struct persister **persister);

/* Runs until *stop; returns an exit code. */
int persister_run(struct persister *persister, volatile sig_atomic_t *stop);

#endif
