#ifndef CONFAB_BENCH_LATENCY_H
#define CONFAB_BENCH_LATENCY_H

#include <stdint.h>

/*
 * A histogram of latencies in microseconds, log-linear: 64 steps for each
 * power of two, so a value is known to 1.6%, up to 2^40 us. Fixed memory.
 */
#define LATENCY_STEP_BITS 6
#define LATENCY_BUCKETS ((40 - LATENCY_STEP_BITS + 1) << LATENCY_STEP_BITS)

struct latency {
	uint64_t count;
	uint64_t buckets[LATENCY_BUCKETS];
	int64_t max_us;
};

void latency_add(struct latency *latency, int64_t us);
/* The value below which `fraction` (0 to 1) of all are; 0 when there is none.
 */
int64_t latency_at(const struct latency *latency, double fraction);

#endif
