#include "counter/settle.h"

#define WAIT_LEAST_MS 500
#define WAIT_MOST_MS 60000
/* A wait is this part of the time already waited. */
#define WAIT_PART 60

bool settle_advance_dense(struct settle_mark *mark, uint64_t count,
			  uint64_t highest)
{
	if (count == 0)
		return true;
	if (highest - mark->number != count)
		return false;
	mark->number = highest;
	mark->count += count;
	return true;
}

bool settle_advance(struct settle_mark *mark,
		    const struct settle_entry *entries, size_t count,
		    int64_t final_before_ms)
{
	for (size_t i = 0; i < count; i++) {
		const struct settle_entry *entry = &entries[i];

		if (entry->number <= mark->number)
			continue; /* a row that has a dead letter too */
		if (entry->number > mark->number + 1 &&
		    entry->at_ms >= final_before_ms)
			return false;
		mark->number = entry->number;
		mark->count += entry->stored;
	}
	return true;
}

int64_t settle_final_before(int64_t newest_ms, int64_t dirty_ms)
{
	return dirty_ms > SETTLE_HOLE_MS ? newest_ms - SETTLE_HOLE_MS
					 : INT64_MIN;
}

bool settle_must_go_back(const struct settle_mark *mark, uint64_t lowest)
{
	/* Without any hole below the mark no row can have come there. */
	return lowest <= mark->number && mark->count < mark->number;
}

bool settle_is_done(const struct settle_mark *mark, uint64_t announced,
		    int64_t dirty_ms)
{
	return mark->number >= announced || dirty_ms > SETTLE_GIVE_UP_MS;
}

int64_t settle_wait_ms(int64_t dirty_ms)
{
	int64_t wait = dirty_ms / WAIT_PART;

	if (wait < WAIT_LEAST_MS)
		return WAIT_LEAST_MS;
	return wait < WAIT_MOST_MS ? wait : WAIT_MOST_MS;
}
