#include "persister/fence.h"

#include <string.h>

#include "persister/statements.h"

struct reading {
	struct fence *fence;
	bool found;
};

static bool note(void *context, const struct sql_value *columns, size_t count)
{
	struct reading *reading = context;
	const char *open = "open";

	if (count != 2)
		return false;
	reading->found = true;
	reading->fence->generation = (uint32_t)columns[0].as.u64;
	reading->fence->open =
		columns[1].as.bytes.length == strlen(open) &&
		memcmp(columns[1].as.bytes.data, open, strlen(open)) == 0;
	return false;
}

enum fault fence_read(struct sql *sql, struct fence *fence_r,
		      struct error *error)
{
	struct reading reading = { fence_r, false };
	enum fault fault = sql_run(sql, statement_lock_numbering, NULL, 0, note,
				   &reading, NULL, error);

	if (fault == FAULT_NONE && !reading.found)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the table numbering has no row");
	return fault;
}

/* While a recovery goes on, the generation before is the last one whose events
 * may have been acknowledged. */
bool fence_takes_key(const struct fence *fence, const struct event *event)
{
	return (uint64_t)event->generation + !fence->open >= fence->generation;
}

/* A tombstone promises nothing, so it needs no part in the drain. */
bool fence_takes_void(const struct fence *fence, const struct event *event)
{
	return event->generation >= fence->generation;
}
