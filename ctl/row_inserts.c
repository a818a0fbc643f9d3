#include "ctl/row_inserts.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/sql_rows.h"
#include "ctl/backup_tables.h"

#define ROWS 512u
/* Under every server's preset max_allowed_packet. */
#define BYTES (1024u * 1024u)
/* Batches of a transaction: what is synced at once. */
#define BATCHES 16u

enum { PACKET_TOO_LARGE = 1153 };

struct row_inserts {
	struct sql *sql;
	struct buf head, row; /* texts of the statement */
	struct sql_rows rows;
	struct sql_value values[ROWS * BACKUP_COLUMNS];
	struct buf bytes; /* of the values; till the insert as offsets */
	size_t count;	  /* rows */
	size_t most;	  /* rows of a statement */
	unsigned batches; /* in the open transaction; 0: none is open */
};

static bool make_texts(struct row_inserts *inserts, const char *table,
		       const char *const *columns)
{
	buf_printf(&inserts->head, "INSERT INTO %s (", table);
	buf_append_char(&inserts->row, '(');
	for (size_t i = 0; columns[i] != NULL; i++) {
		buf_append_text(&inserts->head, i > 0 ? "," : "");
		buf_append_text(&inserts->head, columns[i]);
		buf_append_text(&inserts->row, i > 0 ? ",?" : "?");
	}
	buf_append_text(&inserts->head, ") VALUES ");
	buf_append_char(&inserts->row, ')');
	inserts->rows = (struct sql_rows){
		.head = inserts->head.data,
		.row = inserts->row.data,
		.separator = ",",
		.tail = "",
		.columns = backup_columns_count(columns),
	};
	return !inserts->head.failed && !inserts->row.failed;
}

struct row_inserts *row_inserts_new(struct sql *sql, const char *table,
				    const char *const *columns)
{
	struct row_inserts *inserts = calloc(1, sizeof(*inserts));

	if (inserts == NULL)
		return NULL;
	inserts->sql = sql;
	inserts->most = ROWS;
	if (!make_texts(inserts, table, columns))
		row_inserts_free(&inserts);
	return inserts;
}

void row_inserts_free(struct row_inserts **inserts)
{
	if (*inserts == NULL)
		return;
	sql_rows_release(&(*inserts)->rows);
	buf_release(&(*inserts)->head);
	buf_release(&(*inserts)->row);
	buf_release(&(*inserts)->bytes);
	free(*inserts);
	*inserts = NULL;
}

static bool has_bytes(const struct sql_value *value)
{
	return value->type == SQL_TEXT || value->type == SQL_BYTES;
}

/* The buffer moves as it grows: only now are there addresses. */
static void set_addresses(struct row_inserts *inserts)
{
	const char *at = inserts->bytes.data != NULL ? inserts->bytes.data : "";

	for (size_t i = 0; i < inserts->count * inserts->rows.columns; i++) {
		struct sql_value *value = &inserts->values[i];

		if (!has_bytes(value))
			continue;
		value->as.bytes.data = at;
		at += value->as.bytes.length;
	}
}

/* As many as fit: a power of two, so that no row is filled up. */
static size_t batch_size(const struct row_inserts *inserts, size_t left)
{
	size_t size = 1;

	while (size * 2 <= left && size * 2 <= inserts->most)
		size *= 2;
	return size;
}

static enum fault insert(struct row_inserts *inserts, struct error *error)
{
	size_t done = 0;

	while (done < inserts->count) {
		size_t size = batch_size(inserts, inserts->count - done);
		enum fault fault = sql_rows_run(
			inserts->sql, &inserts->rows,
			inserts->values + done * inserts->rows.columns, size,
			NULL, NULL, error);

		if (fault == FAULT_PERMANENT && size > 1 &&
		    error->code == PACKET_TOO_LARGE) {
			inserts->most = size / 2;
			continue;
		}
		if (fault != FAULT_NONE)
			return fault;
		done += size;
	}
	return FAULT_NONE;
}

static enum fault flush(struct row_inserts *inserts, struct error *error)
{
	enum fault fault = FAULT_NONE;

	if (inserts->bytes.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (inserts->count == 0)
		return FAULT_NONE;
	if (inserts->batches == 0)
		fault = sql_begin(inserts->sql, error);
	if (fault != FAULT_NONE)
		return fault;
	inserts->batches++;
	set_addresses(inserts);
	fault = insert(inserts, error);
	inserts->count = 0;
	buf_clear(&inserts->bytes);
	if (fault != FAULT_NONE)
		sql_rollback(inserts->sql);
	return fault;
}

static enum fault commit(struct row_inserts *inserts, struct error *error)
{
	if (inserts->batches == 0)
		return FAULT_NONE;
	inserts->batches = 0;
	return sql_commit(inserts->sql, error);
}

enum fault row_inserts_add(struct row_inserts *inserts,
			   const struct sql_value *values, struct error *error)
{
	size_t columns = inserts->rows.columns;
	struct sql_value *to = inserts->values + inserts->count * columns;
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < columns; i++) {
		to[i] = values[i];
		if (has_bytes(&values[i]))
			buf_append(&inserts->bytes, values[i].as.bytes.data,
				   values[i].as.bytes.length);
	}
	inserts->count++;
	if (inserts->count == ROWS || inserts->bytes.length >= BYTES ||
	    inserts->bytes.failed)
		fault = flush(inserts, error);
	if (fault == FAULT_NONE && inserts->batches >= BATCHES)
		fault = commit(inserts, error);
	return fault;
}

enum fault row_inserts_finish(struct row_inserts *inserts, struct error *error)
{
	enum fault fault = flush(inserts, error);

	return fault == FAULT_NONE ? commit(inserts, error) : fault;
}
