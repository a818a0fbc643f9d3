#ifndef CONFAB_TESTS_CHAOS_CHECK_H
#define CONFAB_TESTS_CHAOS_CHECK_H

#include "tests/chaos/database.h"
#include "tests/chaos/readers.h"
#include "tests/chaos/record.h"

/* Holds the clients' record against what is stored. Each reports its checks. */

/* Waits until nothing is on its way any more; bounded. */
void check_settled(MYSQL *sql);
/* Rows against the record. */
void check_rows(MYSQL *sql, struct record *record);
/* What the readers saw against rows, after check_rows(). `finished`: all of
 * them came to the end. */
void check_readers(MYSQL *sql, const struct record *record,
		   const struct readers *readers, bool finished);
/* Documents against rows. */
void check_index(MYSQL *sql);
/* Counts, outbox, dead letters, generation. */
void check_tables(MYSQL *sql, const struct record *record);
/* What became of some of the jobs. */
void check_jobs(const struct record *record);

#endif
