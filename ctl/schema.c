#include "ctl/schema.h"

#include <string.h>
#include <sys/random.h>

#include "common/buf.h"
#include "ctl/query.h"
#include "ctl/statements.h"

#define SECRET_SIZE 32 /* bytes */

/* Server errors that say: this statement was run before. */
enum {
	TABLE_EXISTS = 1050,
	DUPLICATE_COLUMN = 1060,
	DUPLICATE_KEY_NAME = 1061,
	DUPLICATE_ENTRY = 1062,
	CANNOT_DROP = 1091
};

static const char CREATE_SQL[] =
	"CREATE TABLE IF NOT EXISTS schema_version ("
	" version INT UNSIGNED NOT NULL,"
	" name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
	" statements INT UNSIGNED NOT NULL DEFAULT 0," /* that are done */
	" applied_at DATETIME(3) NULL," /* NULL: not all of them are */
	" PRIMARY KEY (version)"
	") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
static const char VERSION_SQL[] = "SELECT MAX(version) FROM schema_version";
static const char STATE_SQL[] =
	"SELECT statements, applied_at IS NOT NULL FROM schema_version"
	" WHERE version = ?";
static const char BEGIN_SQL[] =
	"INSERT INTO schema_version (version, name) VALUES (?, ?)";
static const char STEP_SQL[] =
	"UPDATE schema_version SET statements = ? WHERE version = ?";
static const char END_SQL[] =
	"UPDATE schema_version SET applied_at = UTC_TIMESTAMP(3)"
	" WHERE version = ?";
static const char HAS_SECRET_SQL[] =
	"SELECT COUNT(*) FROM settings WHERE name = 'job_secret'";
static const char PUT_SECRET_SQL[] =
	"INSERT INTO settings (name, value) VALUES ('job_secret', ?)";

enum fault schema_prepare(struct sql *sql, struct error *error)
{
	return sql_run_text(sql, CREATE_SQL, NULL, NULL, error);
}

enum fault schema_version(struct sql *sql, uint64_t *version_r,
			  struct error *error)
{
	return query_u64(sql, VERSION_SQL, NULL, 0, version_r, error);
}

struct state {
	bool begun;
	bool applied;
	uint64_t done; /* statements */
};

static bool take_state(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct state *state = context;

	if (count != 2)
		return false;
	state->begun = true;
	state->done = query_value_u64(&columns[0]);
	state->applied = query_value_u64(&columns[1]) != 0;
	return false;
}

static enum fault run_statement(struct sql *sql, const char *statement,
				size_t length, bool may_be_done,
				struct error *error)
{
	struct buf text = BUF_INIT;
	enum fault fault;

	buf_append(&text, statement, length);
	if (text.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	fault = sql_run_text(sql, text.data, NULL, NULL, error);
	buf_release(&text);
	if (fault == FAULT_NONE || !may_be_done)
		return fault;
	switch (error->code) {
	case TABLE_EXISTS:
	case DUPLICATE_COLUMN:
	case DUPLICATE_KEY_NAME:
	case DUPLICATE_ENTRY:
	case CANNOT_DROP:
		return FAULT_NONE;
	default:
		return fault;
	}
}

/* A run that died between a statement and its record leaves that one
 * statement in doubt: the first of those that are not recorded. */
static enum fault run_rest(struct sql *sql, const struct migration *migration,
			   const struct state *state, uint64_t *statements_r,
			   struct error *error)
{
	const char *at = migration->text, *statement;
	uint64_t number = 0;
	size_t length;

	while (statements_next(&at, &statement, &length)) {
		struct sql_value step[] = { sql_u64(++number),
					    sql_u64(migration->version) };
		enum fault fault;

		if (number <= state->done)
			continue;
		fault = run_statement(sql, statement, length,
				      state->begun && number == state->done + 1,
				      error);
		if (fault == FAULT_NONE)
			fault = sql_run(sql, STEP_SQL, step, 2, NULL, NULL,
					NULL, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	*statements_r = number - state->done;
	return FAULT_NONE;
}

enum fault schema_apply(struct sql *sql, const struct migration *migration,
			uint64_t *statements_r, struct error *error)
{
	const struct sql_value key[] = { sql_u64(migration->version),
					 sql_text(migration->name,
						  strlen(migration->name)) };
	struct state state = { false, false, 0 };
	enum fault fault;

	fault = sql_run(sql, STATE_SQL, key, 1, take_state, &state, NULL,
			error);
	if (fault != FAULT_NONE)
		return fault;
	if (state.applied) {
		*statements_r = 0;
		return FAULT_NONE;
	}
	if (!state.begun)
		fault = sql_run(sql, BEGIN_SQL, key, 2, NULL, NULL, NULL,
				error);
	if (fault == FAULT_NONE)
		fault = run_rest(sql, migration, &state, statements_r, error);
	if (fault == FAULT_NONE)
		fault = sql_run(sql, END_SQL, key, 1, NULL, NULL, NULL, error);
	return fault;
}

enum fault schema_ensure_secret(struct sql *sql, bool *made_r,
				struct error *error)
{
	unsigned char secret[SECRET_SIZE];
	const struct sql_value value = sql_bytes(secret, sizeof(secret));
	uint64_t count = 0;
	enum fault fault =
		query_u64(sql, HAS_SECRET_SQL, NULL, 0, &count, error);

	if (fault != FAULT_NONE)
		return fault;
	*made_r = count == 0;
	if (count > 0)
		return FAULT_NONE;
	if (getrandom(secret, sizeof(secret), 0) != SECRET_SIZE)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the kernel has no random bytes");
	return sql_run(sql, PUT_SECRET_SQL, &value, 1, NULL, NULL, NULL, error);
}
