#include "persister/bisect.h"

#include "common/clock.h"

/* Depth is the logarithm of `count`. */
static enum fault search(const struct bisect *bisect, size_t first,
			 size_t count, size_t *done, struct error *error)
{
	size_t half = count / 2;
	enum fault fault;

	if (first > 0 && clock_monotonic_ms() > bisect->deadline_ms)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "no time left to find the bad rows");
	fault = bisect->attempt(bisect->context, first, count, error);
	if (fault == FAULT_PERMANENT && count == 1)
		fault = bisect->condemn(bisect->context, first, error);
	if (fault == FAULT_NONE || (fault == FAULT_PERMANENT && count == 1)) {
		*done = first + count;
		return FAULT_NONE;
	}
	if (fault != FAULT_PERMANENT)
		return fault;
	fault = search(bisect, first, half, done, error);
	if (fault != FAULT_NONE)
		return fault;
	return search(bisect, first + half, count - half, done, error);
}

enum fault bisect_run(const struct bisect *bisect, size_t count, size_t *done_r,
		      struct error *error)
{
	*done_r = 0;
	return count == 0 ? FAULT_NONE
			  : search(bisect, 0, count, done_r, error);
}
