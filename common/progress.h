#ifndef CONFAB_COMMON_PROGRESS_H
#define CONFAB_COMMON_PROGRESS_H

#include <stdint.h>

#include "common/sql.h"

/*
 * How far the workers of a queue have come, for confabctl status: all that was
 * accepted before caught_up_at is done, as far as the one that wrote last
 * knows. A thread with a connection of its own writes the row of the table
 * `progress` every two seconds while there is something new: a database that
 * does not answer delays no event.
 */
struct progress;

/* `queue` is static, the texts of the settings outlive it. NULL without memory
 * or a thread. */
struct progress *progress_start(const struct sql_settings *settings,
				const char *queue);
/* Writes once more what is new, if the database answers. Accepts NULL. */
void progress_stop(struct progress **progress);

/* An event that was accepted then is done, or all are that were accepted until
 * then (Unix ms). Costs one store. Accepts NULL. */
void progress_reach(struct progress *progress, int64_t at_ms);

#endif
