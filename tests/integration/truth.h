#ifndef CONFAB_TESTS_INTEGRATION_TRUTH_H
#define CONFAB_TESTS_INTEGRATION_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/integration/harness.h"
#include "tests/integration/jobs.h"

/* What confabctl backup and restore are held against. */

/* A file under the stack's folder, valid until the next call; truth_new_file()
 * removes what is there. */
const char *truth_file(const char *name);
const char *truth_new_file(const char *name);

/* confabctl reset, and then numbers are given out again. */
void truth_reset(void);
/* Into a system that was just emptied. */
void truth_restore(const char *file);

/* Keeps the rows of all messages, to compare them later: how many of those that
 * are there then are none of these, or not the same. */
void truth_keep_rows(void);
uint64_t truth_rows_that_differ(void);
/* A cmocka teardown: forgets them, then fault_repair(). */
int truth_repair(void **state);

/* Four messages in one chat, with an edit and a key; a dead letter; the number
 * 5 that will never be. */
struct truth {
	struct talk talk;
	char edited[256], application[512];
	struct job job;
};
/* In a system that was just emptied. */
void truth_make(struct truth *truth);
/* The request with the key, once more. */
const struct http_reply *truth_post_with_key(const struct truth *truth);
/* All of it is there, found and counted. */
void truth_assert(const struct truth *truth);
/* Takes the copies of the dead letter out of their queue. */
void truth_assert_letter(void);
/* A condition; the context is the truth. */
bool truth_has_tombstone(void *truth);

#endif
