#include "common/sql_text.h"

#include <stdlib.h>
#include <string.h>

#include "common/sql_columns.h"
#include "common/sql_error.h"
#include "common/sql_time.h"

/* The text protocol: every value comes as text, whatever its type. */
static struct sql_value decode_value(const MYSQL_FIELD *field, const char *data,
				     size_t length)
{
	struct sql_value value = { .type = SQL_NULL };

	if (data == NULL)
		return value;
	value.type = sql_field_type(field);
	switch (value.type) {
	case SQL_U64:
		value.as.u64 = strtoull(data, NULL, 10);
		break;
	case SQL_I64:
		value.as.i64 = strtoll(data, NULL, 10);
		break;
	case SQL_TIME:
		if (!sql_time_parse(data, length, &value.as.i64))
			value.type = SQL_NULL; /* 0000-00-00 */
		break;
	default:
		value.as.bytes.data = data;
		value.as.bytes.length = length;
	}
	return value;
}

static enum fault hand_out_rows(MYSQL_RES *rows, sql_row_fn *row, void *context,
				struct error *error)
{
	unsigned count = mysql_num_fields(rows);
	const MYSQL_FIELD *fields = mysql_fetch_fields(rows);
	struct sql_value *values = calloc(count, sizeof(*values));
	bool more = true;

	if (values == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	while (more) {
		MYSQL_ROW texts = mysql_fetch_row(rows);
		const unsigned long *lengths = mysql_fetch_lengths(rows);

		if (texts == NULL || lengths == NULL)
			break;
		for (unsigned i = 0; i < count; i++)
			values[i] =
				decode_value(&fields[i], texts[i], lengths[i]);
		more = row(context, values, count);
	}
	free(values);
	return FAULT_NONE;
}

enum fault sql_client_error(MYSQL *mysql, struct error *error)
{
	return sql_error_set(error, mysql_errno(mysql), mysql_sqlstate(mysql),
			     mysql_error(mysql));
}

enum fault sql_text_run(MYSQL *mysql, const char *text, sql_row_fn *row,
			void *context, struct error *error)
{
	enum fault fault = FAULT_NONE;
	MYSQL_RES *rows = NULL;

	if (mysql_real_query(mysql, text, strlen(text)) == 0)
		rows = mysql_store_result(mysql);
	if (mysql_errno(mysql) != 0)
		return sql_client_error(mysql, error);
	if (rows == NULL) /* a statement that answers with none */
		return FAULT_NONE;
	if (row != NULL)
		fault = hand_out_rows(rows, row, context, error);
	mysql_free_result(rows);
	return fault;
}
