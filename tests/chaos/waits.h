#ifndef CONFAB_TESTS_CHAOS_WAITS_H
#define CONFAB_TESTS_CHAOS_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/chaos/faults.h"

/*
 * How long clients wait for an answer, where nothing was wrong with the way to
 * the API, nor with its process, from the question to the answer: what a proxy
 * holds up is not the product's wait. Any thread.
 */
struct waits;

/*
 * A request waits at most 5 s for a batch to take it, its batch 1 s for Redis,
 * and the lease ends 5 s after the batch began: the client of a create knows
 * after 11 s. Reads, edits and what else needs SQL wait 10 s for a connection
 * at most.
 */
#define WAITS_BOUND_MS 12000
/* With SQL in trouble a create may first spend those 10 s, 2 s for a
 * connection and 5 s for its answer. */
#define WAITS_SQL_BOUND_MS 29000

enum waits_of { WAITS_CREATE, WAITS_EDIT, WAITS_READ, WAITS_KINDS };

struct wait {
	enum waits_of of;
	bool ingest; /* whom it asked */
	bool answered;
	int64_t started_ms, took_ms; /* monotonic */
};

/* NULL: out of memory. */
struct waits *waits_new(void);
void waits_free(struct waits **waits);
/* Looks which faults there are; to be called all the time. */
void waits_follow(struct waits *waits, const struct faults *faults);
void waits_note(struct waits *waits, const struct wait *wait);
void waits_report(const struct waits *waits);

#endif
