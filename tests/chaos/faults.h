#ifndef CONFAB_TESTS_CHAOS_FAULTS_H
#define CONFAB_TESTS_CHAOS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/chaos/plan.h"

/* Carries a plan out: links by the proxy, all else by tests/chaos/act. */
struct faults;

struct faults_settings {
	const struct plan *plan;
	const char *act;     /* path of that script */
	const char *control; /* the proxy's socket */
};

enum fault_outcome {
	FAULT_PENDING, /* not begun, or not over */
	FAULT_SURVIVED,
	FAULT_SKIPPED, /* cannot be done here */
	FAULT_MISSED   /* the target was away already */
};

struct fault_result {
	enum fault_outcome outcome;
	int64_t recovered_ms; /* after its end; -1: not yet */
};

/* NULL: it was said why. */
struct faults *faults_new(const struct faults_settings *settings);
/* Begins and ends what is due; never blocks for long. `accepted_since_ms`:
 * creates that were sent then were accepted (monotonic). */
void faults_step(struct faults *faults, int64_t accepted_since_ms);
/* All are over; nothing is being done any more. */
bool faults_are_over(const struct faults *faults);
/* How many are being suffered now. */
unsigned faults_active(const struct faults *faults);
/* One of them has that target, alone or among others. */
bool faults_afflict(const struct faults *faults, const char *target);
/* Undoes everything, whatever state it is in. False: it was said what could
 * not be healed. */
bool faults_heal(struct faults *faults) __attribute__((warn_unused_result));
const struct fault_result *faults_result(const struct faults *faults,
					 unsigned index);
void faults_free(struct faults **faults);

#endif
