#include "ctl/dead_rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/consumer.h"
#include "ctl/query.h"

/* An id is younger than that of the event before, so a message's creation
 * comes before its edits. */
static const char ALL_IDS_SQL[] =
	"SELECT event_id FROM dead_letters"
	" GROUP BY event_id, application_id, chat_number, number"
	" ORDER BY application_id, chat_number, number, event_id";
static const char ONE_ID_SQL[] =
	"SELECT DISTINCT event_id FROM dead_letters WHERE event_id = ?";
static const char READ_SQL[] =
	"SELECT queue, reason, times, event FROM dead_letters"
	" WHERE event_id = ? FOR UPDATE";
static const char DELETE_SQL[] = "DELETE FROM dead_letters WHERE event_id = ?";
static const char DELETE_OTHERS_SQL[] =
	"DELETE FROM dead_letters WHERE event_id = ?"
	" AND queue <> '" AMQP_QUEUE_PERSIST "'";

static bool take_id(void *context, const struct sql_value *columns,
		    size_t count)
{
	struct dead_ids *ids = context;
	size_t capacity = ids->capacity > 0 ? ids->capacity * 2 : 64;

	if (count != 1 || columns[0].as.bytes.length != sizeof(ids->ids->bytes))
		return true;
	if (ids->count == ids->capacity) {
		struct uuid *grown =
			realloc(ids->ids, capacity * sizeof(*grown));

		if (grown == NULL)
			return false;
		ids->ids = grown;
		ids->capacity = capacity;
	}
	memcpy(ids->ids[ids->count++].bytes, columns[0].as.bytes.data,
	       sizeof(ids->ids->bytes));
	return true;
}

enum fault dead_ids_read(struct sql *sql, const struct uuid *only,
			 struct dead_ids *ids_r, struct error *error)
{
	struct sql_value key;

	*ids_r = (struct dead_ids){ NULL, 0, 0 };
	if (only == NULL)
		return sql_run(sql, ALL_IDS_SQL, NULL, 0, take_id, ids_r, NULL,
			       error);
	key = sql_bytes(only->bytes, sizeof(only->bytes));
	return sql_run(sql, ONE_ID_SQL, &key, 1, take_id, ids_r, NULL, error);
}

void dead_ids_release(struct dead_ids *ids)
{
	free(ids->ids);
	*ids = (struct dead_ids){ NULL, 0, 0 };
}

static bool is_text(const struct sql_value *value, const char *text)
{
	return value->as.bytes.length == strlen(text) &&
	       memcmp(value->as.bytes.data, text, strlen(text)) == 0;
}

static bool take_row(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct dead_row *row = context;
	size_t length;

	if (count != 4)
		return false;
	row->copies += query_value_u64(&columns[2]);
	if (is_text(&columns[0], AMQP_QUEUE_PERSIST))
		row->persist_times = query_value_u64(&columns[2]);
	/* The number of a collision belongs to another event, which has it. */
	if (is_text(&columns[0], AMQP_QUEUE_PERSIST) &&
	    !is_text(&columns[1], REASON_COLLISION))
		row->unstored = true;
	if (row->found)
		return true;
	row->found = true;
	length = columns[3].as.bytes.length;
	if (length > 0 && columns[3].as.bytes.data[length - 1] == '\n')
		length--;
	buf_append(&row->line, columns[3].as.bytes.data, length);
	buf_append_char(&row->line, '\n');
	return true;
}

static enum fault decode(struct dead_row *row, struct error *error)
{
	size_t length = row->line.length - 1, used = 0;
	enum fault fault = FAULT_TEMPORARY;

	row->decoded = false;
	if (!row->line.failed && buf_reserve(&row->scratch, length + 1))
		fault = event_decode(row->line.data, length, row->scratch.data,
				     &used, &row->event, NULL);
	if (fault == FAULT_TEMPORARY)
		return error_set(error, fault, 0, "out of memory");
	/* what is no event of ours is for people to look at */
	row->decoded = fault == FAULT_NONE;
	return FAULT_NONE;
}

enum fault dead_row_read(struct sql *sql, const struct uuid *id,
			 struct dead_row *row, struct error *error)
{
	const struct sql_value key = sql_bytes(id->bytes, sizeof(id->bytes));
	enum fault fault;

	row->id = *id;
	row->found = false;
	row->unstored = false;
	row->copies = row->persist_times = 0;
	buf_clear(&row->line);
	fault = sql_run(sql, READ_SQL, &key, 1, take_row, row, NULL, error);
	if (fault != FAULT_NONE || !row->found)
		return fault;
	return decode(row, error);
}

enum fault dead_row_delete(struct sql *sql, const struct uuid *id,
			   struct error *error)
{
	const struct sql_value key = sql_bytes(id->bytes, sizeof(id->bytes));

	return sql_run(sql, DELETE_SQL, &key, 1, NULL, NULL, NULL, error);
}

enum fault dead_row_delete_others(struct sql *sql, const struct uuid *id,
				  struct error *error)
{
	const struct sql_value key = sql_bytes(id->bytes, sizeof(id->bytes));

	return sql_run(sql, DELETE_OTHERS_SQL, &key, 1, NULL, NULL, NULL,
		       error);
}

void dead_row_release(struct dead_row *row)
{
	buf_release(&row->line);
	buf_release(&row->scratch);
}
