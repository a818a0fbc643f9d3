#include "api/numbering.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

bool numbering_is_open(const struct numbering *row)
{
	return strcmp(row->state, NUMBERING_OPEN) == 0;
}

static void copy_text(char *text_r, size_t size, const struct sql_value *column)
{
	snprintf(text_r, size, "%.*s", (int)column->as.bytes.length,
		 column->as.bytes.data);
}

static bool read_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct numbering *row = context;

	(void)count;
	row->generation = (uint32_t)columns[0].as.u64;
	copy_text(row->state, sizeof(row->state), &columns[1]);
	row->changed_at = columns[2].as.i64;
	copy_text(row->run_id, sizeof(row->run_id), &columns[3]);
	row->beat = columns[4].as.u64;
	if (columns[5].as.u64 > row->beat)
		row->beat = columns[5].as.u64;
	return false;
}

enum fault numbering_read(struct sql *sql, struct numbering *row_r,
			  struct error *error)
{
	static const char statement[] =
		"SELECT generation, state, changed_at, redis_run_id, beat, "
		"(SELECT CAST(COALESCE(MAX(a.beat), 0) AS UNSIGNED) "
		"FROM allocators a WHERE a.generation = numbering.generation) "
		"FROM numbering WHERE id = 1";

	memset(row_r, 0, sizeof(*row_r));
	return sql_run(sql, statement, NULL, 0, read_row, row_r, NULL, error);
}

static struct sql_value text(const char *value)
{
	return sql_text(value, strlen(value));
}

static enum fault one_row(const struct sql_result *result, struct error *error)
{
	if (result->affected == 1)
		return FAULT_NONE;
	return error_set(error, FAULT_TEMPORARY, 0,
			 "the numbers have changed meanwhile");
}

static enum fault start_generation(struct sql *sql,
				   const struct numbering *from,
				   uint32_t generation, const char *state,
				   const char *run_id, struct error *error)
{
	static const char statement[] =
		"UPDATE numbering SET generation = ?, state = ?, "
		"changed_at = ?, redis_run_id = ?, beat = 0 "
		"WHERE id = 1 AND generation = ? AND state = ?";
	static const char forget[] =
		"DELETE FROM allocators WHERE generation < ?";
	struct sql_value params[] = {
		sql_u64(generation),	   text(state),
		sql_time(clock_wall_ms()), text(run_id),
		sql_u64(from->generation), text(from->state),
	};
	struct sql_result result;
	enum fault fault =
		sql_run(sql, statement, params, 6, NULL, NULL, &result, error);

	if (fault == FAULT_NONE)
		fault = one_row(&result, error);
	/* what they saw of an older generation matters no longer */
	if (fault == FAULT_NONE)
		fault = sql_run(sql, forget, params, 1, NULL, NULL, NULL,
				error);
	return fault;
}

static enum fault set_state(struct sql *sql, const struct numbering *from,
			    const char *state, struct error *error)
{
	static const char statement[] =
		"UPDATE numbering SET state = ?, changed_at = ? "
		"WHERE id = 1 AND generation = ? AND state = ?";
	struct sql_value params[] = {
		text(state),
		sql_time(clock_wall_ms()),
		sql_u64(from->generation),
		text(from->state),
	};

	struct sql_result result;
	enum fault fault =
		sql_run(sql, statement, params, 4, NULL, NULL, &result, error);

	return fault == FAULT_NONE ? one_row(&result, error) : fault;
}

enum fault numbering_change(struct sql *sql, const struct numbering *from,
			    uint32_t generation, const char *state,
			    const char *run_id, struct error *error)
{
	if (generation != from->generation)
		return start_generation(sql, from, generation, state, run_id,
					error);
	return set_state(sql, from, state, error);
}

enum fault numbering_move(struct sql *sql, const struct numbering *from,
			  const char *run_id, struct error *error)
{
	static const char statement[] =
		"UPDATE numbering SET redis_run_id = ? "
		"WHERE id = 1 AND generation = ? AND redis_run_id = ?";
	struct sql_value params[] = {
		text(run_id),
		sql_u64(from->generation),
		text(from->run_id),
	};

	return sql_run(sql, statement, params, 3, NULL, NULL, NULL, error);
}
