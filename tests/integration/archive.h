#ifndef CONFAB_TESTS_INTEGRATION_ARCHIVE_H
#define CONFAB_TESTS_INTEGRATION_ARCHIVE_H

#include <stdbool.h>

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

/* Rows that the engine holds for certain in the index that is being built; 0
 * without one. */
uint64_t reindexing_rows(void);

#endif
