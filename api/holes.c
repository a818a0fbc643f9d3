#include "api/holes.h"

#include <pthread.h>
#include <string.h>

#include "common/amqp.h"
#include "common/clock.h"
#include "common/consumer.h"

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

/* ---- tombstones ---- */

/* The event ids of tombstones that readers write: before, and after the look
 * for rows that were on their way meanwhile. */
#define UNPROVED "UNHEX('00000000000000000000000000000000')"
#define PROVED "UNHEX('00000000000000000000000000000001')"

#define OF_CHATS "WHERE application_id = ? AND number BETWEEN ? AND ?"
#define OF_HOLE                                                                \
	"WHERE application_id = ? AND chat_number = ? "                        \
	"AND number BETWEEN ? AND ?"

#define DIGITS                                                                 \
	"(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL "      \
	"SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 "   \
	"UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
/* What the three digits below can count. */
#define MOST_NUMBERS 1000u

static void fill_hole(const struct hole *hole, struct sql_value *params)
{
	params[0] = sql_u64(hole->application_id);
	params[1] = sql_u64(hole->chat_number);
	params[2] = sql_u64(hole->first);
	params[3] = sql_u64(hole->last);
}

/* A dead letter's number may become a row yet; that of a collision is not
 * its own. */
static enum fault write_tombstones(struct sql *sql, const struct hole *hole,
				   struct error *error)
{
	static const char statement[] =
		"INSERT INTO voids (application_id, chat_number, number, "
		"event_id, created_at) "
		"SELECT ?, ?, n, " UNPROVED ", UTC_TIMESTAMP(3) FROM "
		"(SELECT CAST(? AS UNSIGNED) + a.d * 100 + b.d * 10 + c.d "
		"AS n FROM " DIGITS " a, " DIGITS " b, " DIGITS " c) "
		"AS numbers WHERE n <= ? AND NOT EXISTS (SELECT 1 "
		"FROM dead_letters WHERE application_id = ? "
		"AND chat_number = ? AND dead_letters.number = n "
		"AND queue = '" AMQP_QUEUE_PERSIST "' "
		"AND reason <> '" REASON_COLLISION "') "
		"ON DUPLICATE KEY UPDATE number = voids.number";
	struct sql_value params[6];

	fill_hole(hole, params);
	params[4] = params[0];
	params[5] = params[1];
	return sql_run(sql, statement, params, 6, NULL, NULL, NULL, error);
}

static bool read_count(void *context, const struct sql_value *columns,
		       size_t count)
{
	(void)count;
	*(uint64_t *)context = columns[0].as.u64;
	return false;
}

/* A row wins. Whoever writes one looks for tombstones before it commits; this
 * waits for those that looked before ours were there. */
static enum fault count_rows(struct sql *sql, const struct hole *hole,
			     uint64_t *rows_r, struct error *error)
{
	static const char chats[] =
		"SELECT COUNT(*) FROM chats FORCE INDEX (PRIMARY) " OF_CHATS
		" LOCK IN SHARE MODE";
	static const char messages[] =
		"SELECT COUNT(*) FROM messages FORCE INDEX (PRIMARY) " OF_HOLE
		" LOCK IN SHARE MODE";

	struct sql_value params[4];

	*rows_r = 0;
	fill_hole(hole, params);
	if (hole->chat_number)
		return sql_run(sql, messages, params, 4, read_count, rows_r,
			       NULL, error);
	params[1] = params[2];
	params[2] = params[3];
	return sql_run(sql, chats, params, 3, read_count, rows_r, NULL, error);
}

static enum fault give_way_to_rows(struct sql *sql, const struct hole *hole,
				   struct error *error)
{
	static const char chats[] =
		"DELETE FROM voids " OF_HOLE " AND number IN "
		"(SELECT number FROM chats WHERE "
		"chats.application_id = voids.application_id)";
	static const char messages[] =
		"DELETE FROM voids " OF_HOLE " AND number IN "
		"(SELECT number FROM messages WHERE "
		"messages.application_id = voids.application_id "
		"AND messages.chat_number = voids.chat_number)";
	struct sql_value params[4];

	fill_hole(hole, params);
	return sql_run(sql, hole->chat_number ? messages : chats, params, 4,
		       NULL, NULL, NULL, error);
}

/* Nothing has come in all that time: that is written down, to hold for every
 * process and for good. A crash on the way leaves what says nothing. */
static enum fault close_hole(struct sql *sql, const struct hole *hole,
			     bool *closed_r, struct error *error)
{
	static const char prove[] = "UPDATE voids SET event_id = " PROVED
				    " " OF_HOLE " AND event_id = " UNPROVED;
	struct sql_value params[4];
	uint64_t rows;
	enum fault fault = write_tombstones(sql, hole, error);

	if (fault == FAULT_NONE)
		fault = count_rows(sql, hole, &rows, error);
	if (fault != FAULT_NONE)
		return fault;
	*closed_r = rows == 0;
	if (rows > 0)
		return give_way_to_rows(sql, hole, error);
	fill_hole(hole, params);
	return sql_run(sql, prove, params, 4, NULL, NULL, NULL, error);
}

enum fault holes_are_final(struct sql *sql, const struct hole *hole,
			   bool *final_r, struct error *error)
{
	static const char statement[] = "SELECT COUNT(*) FROM voids " OF_HOLE
					" AND event_id <> " UNPROVED;
	uint64_t numbers = hole->last - hole->first + 1;
	struct sql_value params[4];
	uint64_t voided = 0;
	enum fault fault;

	fill_hole(hole, params);
	fault = sql_run(sql, statement, params, 4, read_count, &voided, NULL,
			error);
	if (fault != FAULT_NONE)
		return fault;
	*final_r = voided == numbers;
	if (*final_r || !watched_long_enough(hole))
		return FAULT_NONE;
	*final_r = true;
	return numbers > MOST_NUMBERS ? FAULT_NONE
				      : close_hole(sql, hole, final_r, error);
}
