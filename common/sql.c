#include "common/sql.h"

#include <mysql.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"
#include "common/sql_cache.h"
#include "common/sql_error.h"
#include "common/sql_open.h"
#include "common/sql_statement.h"
#include "common/sql_text.h"

/* What a statement takes on the wire beside its parameters' bytes. */
#define PARAM_OVERHEAD 16

enum transaction {
	TRANSACTION_NONE,
	TRANSACTION_OPEN,
	TRANSACTION_LOST /* rolled back by the server; ours to roll back */
};

struct sql {
	struct sql_settings settings;
	MYSQL *mysql; /* NULL: not connected */
	enum transaction transaction;
	uint64_t sessions;
	uint64_t max_packet; /* bytes the server takes as one statement */
	/* A statement was larger: the setting may be another one for the next
	 * session, and is the same for ever in this one. */
	bool outgrown;
	struct sql_cache cache;
};

bool sql_library_init(void)
{
	return mysql_library_init(0, NULL, NULL) == 0;
}

void sql_library_release(void)
{
	mysql_library_end();
}

void sql_thread_init(void)
{
	(void)mysql_thread_init(); /* fails with memory only; it then does
				    * so again at the first connection */
}

void sql_thread_release(void)
{
	mysql_thread_end();
}

struct sql *sql_new(const struct sql_settings *settings)
{
	struct sql *sql = calloc(1, sizeof(*sql));

	if (sql != NULL)
		sql->settings = *settings;
	return sql;
}

void sql_free(struct sql **sql)
{
	if (*sql == NULL)
		return;
	sql_disconnect(*sql);
	free(*sql);
	*sql = NULL;
}

/* ---- connection ---- */

void sql_disconnect(struct sql *sql)
{
	sql_cache_clear(&sql->cache);
	if (sql->mysql != NULL)
		mysql_close(sql->mysql);
	sql->mysql = NULL;
	if (sql->transaction == TRANSACTION_OPEN)
		sql->transaction = TRANSACTION_LOST;
}

/* A server that closed the connection while it was idle must not be found
 * out by a statement whose outcome is then unknown. */
static bool hung_up(const struct sql *sql)
{
	struct pollfd peer = { .fd = (int)sql->mysql->net.fd,
			       .events = POLLRDHUP };

	return poll(&peer, 1, 0) > 0;
}

enum fault sql_connect(struct sql *sql, struct error *error)
{
	enum fault fault;

	if (sql->transaction == TRANSACTION_LOST)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the transaction was rolled back");
	if (sql->mysql != NULL) {
		if (sql->transaction == TRANSACTION_OPEN ||
		    (!sql->outgrown && !hung_up(sql)))
			return FAULT_NONE;
		sql_disconnect(sql);
	}
	fault = sql_open(&sql->settings, &sql->mysql, &sql->max_packet, error);
	metrics_count_connection(METRIC_SQL, fault == FAULT_NONE);
	if (fault == FAULT_NONE) {
		sql->outgrown = false;
		sql->sessions++;
		return FAULT_NONE;
	}
	/* Nothing was asked for yet, so nothing is unsure or refused. */
	if (error != NULL)
		error->fault = FAULT_TEMPORARY;
	return FAULT_TEMPORARY;
}

uint64_t sql_sessions(const struct sql *sql)
{
	return sql->sessions;
}

/* ---- statements ---- */

/*
 * A server that is sent more than it takes hangs up, which looks like any
 * other lost connection and would be tried again for ever.
 */
static enum fault check_size(struct sql *sql, const char *text,
			     const struct sql_value *params, size_t count,
			     struct error *error)
{
	uint64_t size = strlen(text) + count * PARAM_OVERHEAD;

	for (size_t i = 0; i < count; i++) {
		if (params[i].type == SQL_TEXT || params[i].type == SQL_BYTES)
			size += params[i].as.bytes.length;
	}
	if (sql->max_packet == 0 || size <= sql->max_packet)
		return FAULT_NONE;
	sql->outgrown = true;
	return sql_error_set(error, 1153, NULL,
			     "the statement is larger than the server's"
			     " max_allowed_packet");
}

/* Puts the handle into the state that the error left the server in. Returns
 * what the fault means when that is taken into account. */
static enum fault settle_error(struct sql *sql, enum fault fault,
			       struct error *error)
{
	const unsigned deadlock = 1213;
	unsigned code = (unsigned)error->code;

	if (sql_error_ends_connection(code))
		sql_disconnect(sql);
	else if (code == deadlock && sql->transaction == TRANSACTION_OPEN)
		sql->transaction = TRANSACTION_LOST;
	/* What was not committed is rolled back: nothing happened. */
	if (fault == FAULT_UNSURE && sql->transaction == TRANSACTION_LOST)
		fault = error->fault = FAULT_TEMPORARY;
	return fault;
}

struct call {
	const char *text;
	const struct sql_value *params;
	size_t count;
	sql_row_fn *row;
	void *context;
	struct sql_result *result_r;
};

static enum fault run_once(struct sql *sql, const struct call *call,
			   struct error *error)
{
	struct sql_statement *statement;
	enum fault fault;

	fault = sql_connect(sql, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = check_size(sql, call->text, call->params, call->count, error);
	if (fault != FAULT_NONE)
		return fault;
	fault = sql_cache_get(&sql->cache, sql->mysql, call->text, &statement,
			      error);
	if (fault == FAULT_NONE) {
		fault = sql_statement_run(statement, call->params, call->count,
					  call->row, call->context,
					  call->result_r, error);
		if (fault == FAULT_NONE)
			return FAULT_NONE;
		if (fault == FAULT_UNSURE && sql_statement_reads(statement))
			fault = error->fault = FAULT_TEMPORARY;
		if (sql_error_loses_statement((unsigned)error->code))
			sql_cache_drop(&sql->cache, call->text);
	}
	return settle_error(sql, fault, error);
}

/* True when the server has certainly not run the statement and a second try
 * can help at once. */
static bool rerun_helps(const struct sql *sql, const struct error *error)
{
	const int gone = 2006;

	if (error->code == gone)
		return sql->transaction == TRANSACTION_NONE;
	return sql_error_loses_statement((unsigned)error->code);
}

enum fault sql_run(struct sql *sql, const char *statement,
		   const struct sql_value *params, size_t count,
		   sql_row_fn *row, void *context, struct sql_result *result_r,
		   struct error *error)
{
	const struct call call = { statement, params,  count,
				   row,	      context, result_r };
	struct error failure = ERROR_INIT;
	enum fault fault = run_once(sql, &call, &failure);

	if (fault != FAULT_NONE && rerun_helps(sql, &failure))
		fault = run_once(sql, &call, &failure);
	if (fault != FAULT_NONE && error != NULL)
		*error = failure;
	return fault;
}

static enum fault run_text_once(struct sql *sql, const char *text,
				sql_row_fn *row, void *context,
				struct error *error)
{
	enum fault fault = sql_connect(sql, error);

	if (fault != FAULT_NONE)
		return fault;
	fault = sql_text_run(sql->mysql, text, row, context, error);
	if (fault == FAULT_NONE)
		return FAULT_NONE;
	return settle_error(sql, fault, error);
}

enum fault sql_run_text(struct sql *sql, const char *text, sql_row_fn *row,
			void *context, struct error *error)
{
	struct error failure = ERROR_INIT;
	enum fault fault = run_text_once(sql, text, row, context, &failure);

	if (fault != FAULT_NONE && rerun_helps(sql, &failure))
		fault = run_text_once(sql, text, row, context, &failure);
	if (fault != FAULT_NONE && error != NULL)
		*error = failure;
	return fault;
}

/* ---- transactions ---- */

static enum fault begin(struct sql *sql, const char *how, struct error *error)
{
	enum fault fault;

	if (sql->transaction != TRANSACTION_NONE)
		return error_set(error, FAULT_BUG, 0,
				 "a transaction is open already");
	fault = sql_run_text(sql, how, NULL, NULL, error);
	if (fault == FAULT_NONE)
		sql->transaction = TRANSACTION_OPEN;
	/* An empty transaction that may have begun has done nothing. */
	return fault == FAULT_UNSURE ? FAULT_TEMPORARY : fault;
}

enum fault sql_begin(struct sql *sql, struct error *error)
{
	return begin(sql, "START TRANSACTION", error);
}

/* The level holds for the next transaction of this session alone, so both must
 * be said in one session. */
enum fault sql_begin_snapshot(struct sql *sql, struct error *error)
{
	uint64_t session;
	enum fault fault = sql_run_text(
		sql, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", NULL,
		NULL, error);

	session = sql->sessions;
	if (fault == FAULT_NONE)
		fault = begin(sql,
			      "START TRANSACTION WITH CONSISTENT SNAPSHOT, "
			      "READ ONLY",
			      error);
	if (fault != FAULT_NONE || session == sql->sessions)
		return fault;
	sql_rollback(sql);
	return error_set(error, FAULT_TEMPORARY, 0,
			 "the database connection was lost");
}

enum fault sql_commit(struct sql *sql, struct error *error)
{
	struct error failure = ERROR_INIT;
	enum fault fault;

	if (sql->transaction == TRANSACTION_NONE)
		return error_set(error, FAULT_BUG, 0, "no transaction is open");
	if (sql->transaction == TRANSACTION_LOST) {
		sql_rollback(sql);
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the transaction was rolled back");
	}
	fault = sql_text_run(sql->mysql, "COMMIT", NULL, NULL, &failure);
	if (fault == FAULT_NONE) {
		sql->transaction = TRANSACTION_NONE;
		return FAULT_NONE;
	}
	sql_rollback(sql);
	if (error != NULL)
		*error = failure;
	return fault;
}

void sql_rollback(struct sql *sql)
{
	if (sql->transaction == TRANSACTION_NONE)
		return;
	sql->transaction = TRANSACTION_NONE;
	if (sql->mysql != NULL && sql_text_run(sql->mysql, "ROLLBACK", NULL,
					       NULL, NULL) != FAULT_NONE)
		sql_disconnect(sql);
}
