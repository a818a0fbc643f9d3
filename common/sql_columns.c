#include "common/sql_columns.h"

#include <stdlib.h>
#include <string.h>

#include "common/sql_error.h"
#include "common/sql_time.h"

/* What a text column has room for at first; it grows as needed. */
#define COLUMN_BYTES 256

/* Where the library puts one column of the row that it fetches. */
struct sql_column {
	enum sql_type type;
	char *data; /* SQL_TEXT, SQL_BYTES */
	unsigned long length;
	uint64_t number;
	MYSQL_TIME time;
	sql_flag is_null, truncated;
};

enum fault sql_handle_error(MYSQL_STMT *handle, struct error *error)
{
	return sql_error_set(error, mysql_stmt_errno(handle),
			     mysql_stmt_sqlstate(handle),
			     mysql_stmt_error(handle));
}

enum sql_type sql_field_type(const MYSQL_FIELD *field)
{
	const unsigned binary_charset = 63;

	switch (field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
		return field->flags & UNSIGNED_FLAG ? SQL_U64 : SQL_I64;
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		/* SUM() of whole numbers */
		return field->decimals == 0 ? SQL_I64 : SQL_TEXT;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return SQL_TIME;
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
		return SQL_TEXT;
	default:
		return field->charsetnr == binary_charset ? SQL_BYTES
							  : SQL_TEXT;
	}
}

static bool column_init(struct sql_column *column, MYSQL_BIND *result,
			const MYSQL_FIELD *field)
{
	column->type = sql_field_type(field);
	result->is_null = &column->is_null;
	result->error = &column->truncated;
	result->length = &column->length;
	switch (column->type) {
	case SQL_U64:
	case SQL_I64:
		result->buffer_type = MYSQL_TYPE_LONGLONG;
		result->buffer = &column->number;
		result->buffer_length = sizeof(column->number);
		result->is_unsigned = column->type == SQL_U64;
		return true;
	case SQL_TIME:
		result->buffer_type = MYSQL_TYPE_DATETIME;
		result->buffer = &column->time;
		result->buffer_length = sizeof(column->time);
		return true;
	default:
		column->data = malloc(COLUMN_BYTES);
		result->buffer_type = column->type == SQL_TEXT
					      ? MYSQL_TYPE_STRING
					      : MYSQL_TYPE_BLOB;
		result->buffer = column->data;
		result->buffer_length = COLUMN_BYTES;
		return column->data != NULL;
	}
}

bool sql_columns_init(struct sql_columns *columns, MYSQL_RES *metadata)
{
	unsigned count = mysql_num_fields(metadata);
	const MYSQL_FIELD *fields = mysql_fetch_fields(metadata);

	columns->columns = calloc(count, sizeof(*columns->columns));
	columns->binds = calloc(count, sizeof(*columns->binds));
	columns->row = calloc(count, sizeof(*columns->row));
	if (columns->columns == NULL || columns->binds == NULL ||
	    columns->row == NULL)
		return false;
	columns->count = count;
	for (unsigned i = 0; i < count; i++) {
		if (!column_init(&columns->columns[i], &columns->binds[i],
				 &fields[i]))
			return false;
	}
	return true;
}

void sql_columns_release(struct sql_columns *columns)
{
	for (unsigned i = 0; i < columns->count; i++)
		free(columns->columns[i].data);
	free(columns->columns);
	free(columns->binds);
	free(columns->row);
	memset(columns, 0, sizeof(*columns));
}

/* Reads again what did not fit, into a buffer that it fits into. */
static enum fault refetch_column(struct sql_columns *columns,
				 MYSQL_STMT *handle, unsigned i,
				 struct error *error)
{
	struct sql_column *column = &columns->columns[i];
	MYSQL_BIND *result = &columns->binds[i];
	unsigned long size = result->buffer_length;
	char *data;

	while (size < column->length)
		size *= 2;
	data = realloc(column->data, size);
	if (data == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	column->data = data;
	result->buffer = data;
	result->buffer_length = size;
	if (mysql_stmt_fetch_column(handle, result, i, 0) != 0)
		return sql_handle_error(handle, error);
	return FAULT_NONE;
}

static enum fault refetch_truncated(struct sql_columns *columns,
				    MYSQL_STMT *handle, struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (unsigned i = 0; i < columns->count; i++) {
		if (columns->columns[i].length <=
			    columns->binds[i].buffer_length ||
		    columns->columns[i].data == NULL)
			continue;
		fault = refetch_column(columns, handle, i, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	/* From the next row on the library fills the larger buffers. */
	if (mysql_stmt_bind_result(handle, columns->binds) != 0)
		fault = sql_handle_error(handle, error);
	return fault;
}

static void set_row(struct sql_columns *columns)
{
	for (unsigned i = 0; i < columns->count; i++) {
		const struct sql_column *column = &columns->columns[i];
		struct sql_value *value = &columns->row[i];

		value->type = column->is_null ? SQL_NULL : column->type;
		switch (value->type) {
		case SQL_NULL:
			break;
		case SQL_U64:
		case SQL_I64:
			value->as.u64 = column->number;
			break;
		case SQL_TIME:
			value->as.i64 = sql_time_decode(&column->time);
			break;
		default:
			value->as.bytes.data = column->data;
			value->as.bytes.length = column->length;
		}
	}
}

/* The rows are all here already: no network, no lost answer. */
static enum fault hand_out_rows(struct sql_columns *columns, MYSQL_STMT *handle,
				sql_row_fn *row, void *context,
				struct error *error)
{
	enum fault fault;
	int status;

	for (;;) {
		status = mysql_stmt_fetch(handle);
		if (status == MYSQL_NO_DATA)
			return FAULT_NONE;
		if (status == MYSQL_DATA_TRUNCATED) {
			fault = refetch_truncated(columns, handle, error);
			if (fault != FAULT_NONE)
				return fault;
		} else if (status != 0) {
			return sql_handle_error(handle, error);
		}
		set_row(columns);
		if (!row(context, columns->row, columns->count))
			return FAULT_NONE;
	}
}

enum fault sql_columns_read(struct sql_columns *columns, MYSQL_STMT *handle,
			    sql_row_fn *row, void *context, struct error *error)
{
	enum fault fault = FAULT_NONE;

	if (mysql_stmt_field_count(handle) != columns->count)
		/* The schema changed under us. */
		return sql_error_set(error, 2057, NULL,
				     "the result's columns have changed");
	if (mysql_stmt_bind_result(handle, columns->binds) != 0 ||
	    mysql_stmt_store_result(handle) != 0)
		return sql_handle_error(handle, error);
	if (row != NULL)
		fault = hand_out_rows(columns, handle, row, context, error);
	(void)mysql_stmt_free_result(handle);
	return fault;
}
