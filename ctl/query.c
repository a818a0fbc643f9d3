#include "ctl/query.h"

#include <string.h>

/* Locks are the server's, not the database's; names have 64 characters. */
#define LOCK_NAME "CONCAT('confab.', ?, '.', MD5(DATABASE()))"

uint64_t query_value_u64(const struct sql_value *value)
{
	if (value->type == SQL_U64)
		return value->as.u64;
	if (value->type == SQL_I64 && value->as.i64 > 0)
		return (uint64_t)value->as.i64;
	return 0;
}

static bool take_first(void *context, const struct sql_value *columns,
		       size_t count)
{
	uint64_t *value = context;

	if (count > 0)
		*value = query_value_u64(&columns[0]);
	return false;
}

enum fault query_u64(struct sql *sql, const char *statement,
		     const struct sql_value *params, size_t count,
		     uint64_t *value_r, struct error *error)
{
	uint64_t value = 0;
	enum fault fault = sql_run(sql, statement, params, count, take_first,
				   &value, NULL, error);

	if (fault == FAULT_NONE)
		*value_r = value;
	return fault;
}

enum fault query_lock(struct sql *sql, const char *what, unsigned timeout_s,
		      struct error *error)
{
	const struct sql_value params[] = { sql_text(what, strlen(what)),
					    sql_u64(timeout_s) };
	uint64_t taken = 0;
	enum fault fault = query_u64(sql, "SELECT GET_LOCK(" LOCK_NAME ", ?)",
				     params, 2, &taken, error);

	if (fault == FAULT_NONE && taken != 1)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "another confabctl is doing the same");
	return fault;
}

enum fault query_lock_held(struct sql *sql, const char *what,
			   struct error *error)
{
	const struct sql_value params[] = { sql_text(what, strlen(what)) };
	uint64_t held = 0;
	enum fault fault = query_u64(
		sql, "SELECT IS_USED_LOCK(" LOCK_NAME ") <=> CONNECTION_ID()",
		params, 1, &held, error);

	if (fault == FAULT_NONE && held != 1)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the database was away meanwhile");
	return fault;
}

enum fault query_lock_taken(struct sql *sql, const char *what, bool *taken_r,
			    struct error *error)
{
	const struct sql_value params[] = { sql_text(what, strlen(what)) };
	uint64_t taken = 0;
	enum fault fault =
		query_u64(sql, "SELECT IS_USED_LOCK(" LOCK_NAME ") IS NOT NULL",
			  params, 1, &taken, error);

	if (fault == FAULT_NONE)
		*taken_r = taken != 0;
	return fault;
}
