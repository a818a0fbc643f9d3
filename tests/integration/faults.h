#ifndef CONFAB_TESTS_INTEGRATION_FAULTS_H
#define CONFAB_TESTS_INTEGRATION_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/integration/harness.h"

/* Faults that a test makes, and the proof that they left nothing behind. */

/* SIGSTOP to a running service, and SIGCONT. fault_thaw() does nothing when
 * none is frozen; one at a time can be. */
void fault_freeze(const char *service);
void fault_thaw(void);
/* A cmocka teardown: thaws, then stack_repair(); the ingest role has to get
 * ready by itself too. */
int fault_repair(void **state);
/* Skips the test when it does not run as root. */
void fault_needs_root(void);

/* A file under the stack's folder, valid until the next call. */
const char *fault_path(const char *name);
/* Runs a line of shell; the test fails when it does not exit with 0. */
void fault_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- what a consumer did meanwhile ---- */

/* Taken before the fault; one consumer's figures. */
struct witness {
	const char *service;
	char url[128];
	uint64_t retries, redelivered, buried;
};
void witness_init(struct witness *witness, const char *service);
/* A condition: its store has failed since. */
bool witness_has_retried(void *witness);
/* It was never restarted, nothing became a dead letter. */
void witness_assert_alive(const struct witness *witness);
/* And nothing went back to the queue. */
void witness_assert_patient(const struct witness *witness);

/* ---- one application's messages ---- */

/* Creates `count` messages "text 1" and so on in chat 1, numbers from
 * `first` on. */
void fault_post(const struct talk *talk, unsigned first, unsigned count);

struct rows_wanted {
	const struct talk *talk;
	unsigned rows;
};
/* Conditions; the context is a struct rows_wanted. The second one also wants
 * documents and counts. */
bool fault_has_rows(void *wanted);
bool fault_has_all(void *wanted);
/* Waits for fault_has_all() and for empty queues, and looks that each number
 * from 1 on has its text. */
void fault_assert_settled(const struct talk *talk, unsigned rows);

#endif
