#include "bench/latency.h"

#define STEPS (1u << LATENCY_STEP_BITS)

/* Below 2 * STEPS each microsecond has a bucket of its own. */
static unsigned bucket_of(uint64_t us)
{
	unsigned power;

	if (us < STEPS)
		return (unsigned)us;
	power = 63u - (unsigned)__builtin_clzll(us);
	if (power > 39)
		return LATENCY_BUCKETS - 1;
	return ((power - LATENCY_STEP_BITS + 1) << LATENCY_STEP_BITS) +
	       (unsigned)(us >> (power - LATENCY_STEP_BITS)) - STEPS;
}

/* The upper end of a bucket. */
static int64_t value_of(unsigned bucket)
{
	unsigned power = bucket >> LATENCY_STEP_BITS;
	uint64_t step = bucket & (STEPS - 1);

	if (power == 0)
		return (int64_t)step;
	return (int64_t)(((STEPS + step + 1) << (power - 1)) - 1);
}

void latency_add(struct latency *latency, int64_t us)
{
	if (us < 0)
		us = 0;
	latency->buckets[bucket_of((uint64_t)us)]++;
	latency->count++;
	if (us > latency->max_us)
		latency->max_us = us;
}

int64_t latency_at(const struct latency *latency, double fraction)
{
	uint64_t wanted = (uint64_t)((double)latency->count * fraction);
	uint64_t seen = 0;

	if (latency->count == 0)
		return 0;
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		seen += latency->buckets[i];
		if (seen > wanted)
			return value_of(i);
	}
	return latency->max_us;
}
