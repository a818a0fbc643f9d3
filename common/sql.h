#ifndef CONFAB_COMMON_SQL_H
#define CONFAB_COMMON_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

/*
 * One connection to MariaDB or MySQL, for one thread. Statements are prepared
 * once per connection and kept, keyed by the address of their text, so texts
 * must be static (or live as long as the connection).
 */
struct sql;

struct sql_settings {
	const char *host; /* a name or address; "/..." is a socket's path */
	const char *user;
	const char *password;
	const char *database;
	uint16_t port;
	unsigned connect_timeout_s;
	unsigned read_timeout_s; /* and write */
	unsigned idle_timeout_s; /* the server ends idle sessions; 0: its own */
	/* The schema that the program was made for, of migrations_latest(): a
	 * database that it cannot work with is as good as away. 0: any. */
	uint32_t schema;
	bool tls; /* only with TLS, and a certificate that is trusted */
};

enum sql_type { SQL_NULL, SQL_U64, SQL_I64, SQL_TEXT, SQL_BYTES, SQL_TIME };

/* A parameter or a column. SQL_TEXT is utf8mb4, SQL_BYTES binary, both not
 * NUL-terminated; SQL_TIME is Unix ms, stored as DATETIME(3) in UTC. */
struct sql_value {
	enum sql_type type;
	union {
		uint64_t u64;
		int64_t i64; /* SQL_I64, SQL_TIME */
		struct {
			const char *data;
			size_t length;
		} bytes;
	} as;
};

static inline struct sql_value sql_null(void)
{
	return (struct sql_value){ .type = SQL_NULL };
}

static inline struct sql_value sql_u64(uint64_t value)
{
	return (struct sql_value){ .type = SQL_U64, .as.u64 = value };
}

static inline struct sql_value sql_i64(int64_t value)
{
	return (struct sql_value){ .type = SQL_I64, .as.i64 = value };
}

static inline struct sql_value sql_time(int64_t wall_ms)
{
	return (struct sql_value){ .type = SQL_TIME, .as.i64 = wall_ms };
}

static inline struct sql_value sql_text(const char *data, size_t length)
{
	return (struct sql_value){ .type = SQL_TEXT,
				   .as.bytes = { data, length } };
}

static inline struct sql_value sql_bytes(const void *data, size_t length)
{
	return (struct sql_value){ .type = SQL_BYTES,
				   .as.bytes = { data, length } };
}

/*
 * Called for each row; `columns` are valid during the call only. Returning
 * false stops reading. Column types are by their SQL type: whole numbers
 * SQL_U64 or (signed: also COUNT(*) and SUM()) SQL_I64, CHAR and TEXT
 * SQL_TEXT, BINARY and BLOB SQL_BYTES, DATETIME SQL_TIME, NULL SQL_NULL.
 * SQL_U64 and SQL_I64 share their bits, so that as.u64 reads both.
 *
 * The whole result is here before the first row is handed out: a fault means
 * that no row was, and large reads go in pages. The function runs no other
 * statement on this connection.
 */
typedef bool sql_row_fn(void *context, const struct sql_value *columns,
			size_t count);

/* Call before any thread starts, and at the end. */
MUST_CHECK bool sql_library_init(void);
void sql_library_release(void);
/* In each further thread that uses SQL. */
void sql_thread_init(void);
void sql_thread_release(void);

/* Does not connect yet. NULL when memory is out. The settings' texts must
 * outlive it. */
struct sql *sql_new(const struct sql_settings *settings);
void sql_free(struct sql **sql);
/* Connects if it is not connected: utf8mb4, UTC, strict mode, READ COMMITTED.
 * All calls below do this by themselves, except inside a transaction. */
MUST_CHECK enum fault sql_connect(struct sql *sql, struct error *error);
/* After a failure that makes the handle unusable the calls drop it by
 * themselves; this drops it now. */
void sql_disconnect(struct sql *sql);

/* How often it has connected: who holds something of the session (GET_LOCK)
 * sees by it that the session is another one. */
uint64_t sql_sessions(const struct sql *sql);

struct sql_result {
	uint64_t affected; /* rows, as the server counts them */
	uint64_t insert_id;
};

/*
 * Runs a statement with its `count` parameters (65,535 at most). `row` (may be
 * NULL) gets the result rows, `result_r` (may be NULL) is filled by statements
 * that have none.
 *
 * A statement that certainly did not reach the server (an idle connection was
 * closed, the server forgot the statement) is tried again once by itself.
 * FAULT_UNSURE comes only from a change outside a transaction and from
 * sql_commit(). One that is larger than the server's max_allowed_packet is
 * FAULT_PERMANENT with code 1153 before anything is sent: send fewer rows.
 */
MUST_CHECK enum fault sql_run(struct sql *sql, const char *statement,
			      const struct sql_value *params, size_t count,
			      sql_row_fn *row, void *context,
			      struct sql_result *result_r, struct error *error);
/* For texts that cannot be prepared or are run once (DDL, GET_LOCK, SET). */
MUST_CHECK enum fault sql_run_text(struct sql *sql, const char *text,
				   sql_row_fn *row, void *context,
				   struct error *error);

/* A deadlock or a lost connection rolls the transaction back: all further
 * calls are then FAULT_TEMPORARY until sql_rollback(). */
MUST_CHECK enum fault sql_begin(struct sql *sql, struct error *error);
/* Reads only, and all of them see the database as it was at this call. */
MUST_CHECK enum fault sql_begin_snapshot(struct sql *sql, struct error *error);
/* Whatever it returns, the transaction has ended. */
MUST_CHECK enum fault sql_commit(struct sql *sql, struct error *error);
/* Never fails: a connection that cannot roll back is dropped. */
void sql_rollback(struct sql *sql);

/* What a MySQL or MariaDB error number means for the pipeline: client errors
 * 2000.. and server errors. A lost connection while a statement ran is
 * FAULT_UNSURE. What an operator can mend (rights, missing tables, a full
 * disk) is FAULT_TEMPORARY; see sql_classify.c. */
enum fault sql_classify(unsigned code);

#endif
