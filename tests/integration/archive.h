#ifndef CONFAB_TESTS_INTEGRATION_ARCHIVE_H
#define CONFAB_TESTS_INTEGRATION_ARCHIVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/integration/harness.h"

/* Many messages at once: rows that nobody posted, for confabctl reindex to
 * find, and the reindex itself. */

/* Rows 1 to `count` of chat 1, the text followed by each one's number; each is
 * a second younger than the one before. `count` is a multiple of 1000. */
void archive_insert(const struct talk *talk, unsigned count, const char *text);
/* A cmocka teardown: corrects the counts, then fault_repair(). */
int archive_repair(void **state);

/* A condition; the context is a struct talk: as many documents as rows. */
bool archive_is_indexed(void *talk);

/* confabctl reindex, in the background, with up to two words behind it. */
struct reindexing {
	pid_t pid;
	int status; /* of waitpid(), once it has ended */
};
void reindexing_start(struct reindexing *reindexing, const char *option,
		      const char *value);
/* A condition: it has ended. */
bool reindexing_has_ended(void *reindexing);
/* It exits with that code; waits for it. */
void reindexing_assert_exit(struct reindexing *reindexing, int code);
/* What it has said, valid until the next call. */
const char *reindexing_output(void);

/* Rows that the engine holds for certain in the index that is being built; 0
 * without one. */
uint64_t reindexing_rows(void);

#endif
