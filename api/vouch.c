#include "api/vouch.h"

#include <string.h>

#include "common/clock.h"

static struct sql_value text(const char *value)
{
	return sql_text(value, strlen(value));
}

enum fault vouch_note(struct sql *sql, const char *name, uint32_t generation,
		      const char *run_id, uint64_t beat, struct error *error)
{
	static const char statement[] =
		"REPLACE INTO allocators "
		"(name, generation, redis_run_id, beat, noted_at) "
		"VALUES (?, ?, ?, ?, ?)";
	struct sql_value params[] = {
		text(name),    sql_u64(generation),	  text(run_id),
		sql_u64(beat), sql_time(clock_wall_ms()),
	};

	return sql_run(sql, statement, params, 5, NULL, NULL, NULL, error);
}

enum fault vouch_settle(struct sql *sql, const char *name, uint32_t generation,
			uint64_t beat, struct error *error)
{
	static const char raise[] =
		"UPDATE numbering SET beat = ? "
		"WHERE id = 1 AND generation = ? AND beat < ?";
	static const char leave[] =
		"DELETE FROM allocators WHERE name = ? AND generation = ?";
	struct sql_value params[] = { sql_u64(beat), sql_u64(generation),
				      sql_u64(beat) };
	struct sql_value mine[] = { text(name), sql_u64(generation) };
	enum fault fault =
		sql_run(sql, raise, params, 3, NULL, NULL, NULL, error);

	/* the row goes last: until then nobody vouches */
	if (fault == FAULT_NONE)
		fault = sql_run(sql, leave, mine, 2, NULL, NULL, NULL, error);
	return fault;
}

static bool read_count(void *context, const struct sql_value *columns,
		       size_t count)
{
	(void)count;
	*(uint64_t *)context = columns[0].as.u64;
	return false;
}

enum fault vouch_is_settled(struct sql *sql, uint32_t generation,
			    const char *run_id, bool *settled_r,
			    struct error *error)
{
	static const char statement[] =
		"SELECT COUNT(*) FROM allocators "
		"WHERE generation = ? AND redis_run_id <> ?";
	struct sql_value params[] = { sql_u64(generation), text(run_id) };
	uint64_t left = 1;
	enum fault fault = sql_run(sql, statement, params, 2, read_count, &left,
				   NULL, error);

	if (fault == FAULT_NONE)
		*settled_r = left == 0;
	return fault;
}
