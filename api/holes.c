#include "api/holes.h"

#include <pthread.h>
#include <string.h>

#include "common/clock.h"

/* Holes that are being watched; where two meet in one slot the newer one
 * takes it, and the other's watch starts anew. */
#define SLOTS 4096u

static struct watched {
	struct hole hole;
	int64_t since_ms;
} watched[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t place(const struct hole *hole)
{
	uint64_t hash = hole->application_id * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hole->chat_number) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hole->first) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> 32) & (SLOTS - 1);
}

/* A hole that shrank at its end is the same hole: what is left of it has been
 * watched all the time. */
static bool watched_long_enough(const struct hole *hole)
{
	int64_t now = clock_monotonic_ms();
	struct watched *slot = &watched[place(hole)];
	bool long_enough;

	pthread_mutex_lock(&lock);
	if (slot->hole.application_id != hole->application_id ||
	    slot->hole.chat_number != hole->chat_number ||
	    slot->hole.first != hole->first || slot->hole.last < hole->last) {
		slot->hole = *hole;
		slot->since_ms = now;
	}
	long_enough = now - slot->since_ms >= HOLES_WATCH_MS;
	pthread_mutex_unlock(&lock);
	return long_enough;
}

static bool read_count(void *context, const struct sql_value *columns,
		       size_t count)
{
	(void)count;
	*(uint64_t *)context = columns[0].as.u64;
	return false;
}

enum fault holes_are_final(struct sql *sql, const struct hole *hole,
			   bool *final_r, struct error *error)
{
	static const char statement[] =
		"SELECT COUNT(*) FROM voids WHERE application_id = ? "
		"AND chat_number = ? AND number BETWEEN ? AND ?";
	struct sql_value params[] = {
		sql_u64(hole->application_id),
		sql_u64(hole->chat_number),
		sql_u64(hole->first),
		sql_u64(hole->last),
	};
	uint64_t voided = 0;
	enum fault fault = sql_run(sql, statement, params, 4, read_count,
				   &voided, NULL, error);

	if (fault != FAULT_NONE)
		return fault;
	*final_r = voided == hole->last - hole->first + 1 ||
		   watched_long_enough(hole);
	return FAULT_NONE;
}
