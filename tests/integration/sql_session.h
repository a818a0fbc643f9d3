#ifndef CONFAB_TESTS_INTEGRATION_SQL_SESSION_H
#define CONFAB_TESTS_INTEGRATION_SQL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/* A session of the test's own in SQL, to hold locks in, beside the one that
 * stores.h asks its questions in. There is one at a time. */

/* Opens it when it is not open. The test fails on any error. */
void sql_session_run(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* Rolls back and gives up all locks; nothing when it is not open. */
void sql_session_close(void);

/* Cuts a daemon's connections: it has to make new ones. `login` is persister,
 * api, indexer or counter. */
void sql_cut(const char *login);
/* A condition: the persister waits in COMMIT. */
bool sql_commit_hangs(void *unused);
/* A condition: some transaction waits for a row's lock. */
bool sql_lock_is_awaited(void *unused);

/* SET GLOBAL, and all that was set so back to what it was before. */
void sql_set_global(const char *name, uint64_t value);
void sql_reset_globals(void);

/* A cmocka teardown: session closed, settings as before, then
 * fault_repair(). */
int sql_repair(void **state);

#endif
