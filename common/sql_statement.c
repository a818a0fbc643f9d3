#include "common/sql_statement.h"

#include <stdlib.h>
#include <string.h>

#include "common/sql_columns.h"
#include "common/sql_error.h"
#include "common/sql_time.h"

struct sql_statement {
	const char *text;
	MYSQL_STMT *handle;
	unsigned long param_count;
	MYSQL_BIND *params;
	MYSQL_TIME *times; /* one for each parameter */
	struct sql_columns columns;
};

static enum fault no_memory(struct error *error)
{
	return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

/* ---- preparing ---- */

static bool arrays_init(struct sql_statement *statement)
{
	MYSQL_RES *metadata;
	bool ok = true;

	statement->param_count = mysql_stmt_param_count(statement->handle);
	if (statement->param_count > 0) {
		statement->params = calloc(statement->param_count,
					   sizeof(*statement->params));
		statement->times = calloc(statement->param_count,
					  sizeof(*statement->times));
		if (statement->params == NULL || statement->times == NULL)
			return false;
	}
	metadata = mysql_stmt_result_metadata(statement->handle);
	if (metadata != NULL) {
		ok = sql_columns_init(&statement->columns, metadata);
		mysql_free_result(metadata);
	}
	return ok;
}

enum fault sql_statement_new(MYSQL *mysql, const char *text,
			     struct sql_statement **statement_r,
			     struct error *error)
{
	struct sql_statement *statement = calloc(1, sizeof(*statement));
	enum fault fault = FAULT_NONE;

	if (statement == NULL)
		return no_memory(error);
	statement->text = text;
	statement->handle = mysql_stmt_init(mysql);
	if (statement->handle != NULL &&
	    mysql_stmt_prepare(statement->handle, text, strlen(text)) != 0)
		fault = sql_handle_error(statement->handle, error);
	else if (statement->handle == NULL || !arrays_init(statement))
		fault = no_memory(error);
	if (fault != FAULT_NONE)
		sql_statement_free(&statement);
	else
		*statement_r = statement;
	return fault;
}

void sql_statement_free(struct sql_statement **statement)
{
	struct sql_statement *old = *statement;

	*statement = NULL;
	if (old == NULL)
		return;
	/* Fails only when the connection is gone, and the statement with it. */
	if (old->handle != NULL)
		(void)mysql_stmt_close(old->handle);
	sql_columns_release(&old->columns);
	free(old->params);
	free(old->times);
	free(old);
}

const char *sql_statement_text(const struct sql_statement *statement)
{
	return statement->text;
}

bool sql_statement_reads(const struct sql_statement *statement)
{
	return statement->columns.count > 0;
}

/* ---- running ---- */

static void bind_param(MYSQL_BIND *bind, MYSQL_TIME *time,
		       const struct sql_value *value)
{
	switch (value->type) {
	case SQL_NULL:
		bind->buffer_type = MYSQL_TYPE_NULL;
		break;
	case SQL_U64:
	case SQL_I64:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = (void *)&value->as;
		bind->is_unsigned = value->type == SQL_U64;
		break;
	case SQL_TIME:
		sql_time_encode(value->as.i64, time);
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = time;
		break;
	case SQL_TEXT:
	case SQL_BYTES:
		bind->buffer_type = value->type == SQL_TEXT ? MYSQL_TYPE_STRING
							    : MYSQL_TYPE_BLOB;
		/* The library would take a null pointer as NULL. */
		bind->buffer = value->as.bytes.length > 0
				       ? (void *)value->as.bytes.data
				       : (void *)"";
		bind->buffer_length = value->as.bytes.length;
		break;
	}
}

static enum fault bind_params(struct sql_statement *statement,
			      const struct sql_value *params, size_t count,
			      struct error *error)
{
	if (count != statement->param_count)
		return error_set(error, FAULT_BUG, 0,
				 "%zu parameters for a statement with %lu",
				 count, statement->param_count);
	if (count == 0)
		return FAULT_NONE;
	for (size_t i = 0; i < count; i++)
		bind_param(&statement->params[i], &statement->times[i],
			   &params[i]);
	if (mysql_stmt_bind_param(statement->handle, statement->params) != 0)
		return sql_handle_error(statement->handle, error);
	return FAULT_NONE;
}

enum fault sql_statement_run(struct sql_statement *statement,
			     const struct sql_value *params, size_t count,
			     sql_row_fn *row, void *context,
			     struct sql_result *result_r, struct error *error)
{
	enum fault fault = bind_params(statement, params, count, error);

	if (fault != FAULT_NONE)
		return fault;
	if (mysql_stmt_execute(statement->handle) != 0)
		return sql_handle_error(statement->handle, error);
	if (statement->columns.count > 0)
		return sql_columns_read(&statement->columns, statement->handle,
					row, context, error);
	if (result_r != NULL) {
		result_r->affected =
			mysql_stmt_affected_rows(statement->handle);
		result_r->insert_id = mysql_stmt_insert_id(statement->handle);
	}
	return FAULT_NONE;
}
