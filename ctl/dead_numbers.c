#include "ctl/dead_numbers.h"

#include "common/amqp.h"
#include "ctl/query.h"

static const char DELETE_PERSIST_SQL[] =
	"DELETE FROM dead_letters WHERE event_id = ?"
	" AND queue = '" AMQP_QUEUE_PERSIST "'";

static const char NOTE_REPLAY_SQL[] =
	"UPDATE dead_letters SET replayed_at = UTC_TIMESTAMP(3)"
	" WHERE event_id = ? AND queue = '" AMQP_QUEUE_PERSIST "'";

#define OF_CHAT "FROM chats WHERE application_id = ? AND number = ?"
#define OF_MESSAGE                                                             \
	"FROM messages WHERE application_id = ? AND chat_number = ?"           \
	" AND number = ?"

static const char CHAT_IS_STORED_SQL[] =
	"SELECT 1 " OF_CHAT " AND event_id = ?";
static const char MESSAGE_IS_STORED_SQL[] =
	"SELECT 1 " OF_MESSAGE " AND event_id = ?";

#define INSERT_VOID                                                            \
	"INSERT INTO voids (application_id, chat_number, number, event_id,"    \
	" created_at) SELECT ?, ?, ?, ?, ? FROM DUAL WHERE NOT EXISTS"         \
	" (SELECT 1 "
#define KEEP_VOID ") ON DUPLICATE KEY UPDATE number = voids.number"

static const char VOID_CHAT_SQL[] = INSERT_VOID OF_CHAT KEEP_VOID;
static const char VOID_MESSAGE_SQL[] = INSERT_VOID OF_MESSAGE KEEP_VOID;
static const char FREE_KEY_SQL[] =
	"UPDATE idempotency SET created_at = '1970-01-02 00:00:00'"
	" WHERE application_id = ? AND chat_number = ? AND idempotency_key = ?"
	" AND event_id = ?";

bool dead_row_holds_number(const struct dead_row *row)
{
	return row->decoded && row->persist_times > 0 &&
	       (row->event.type == EVENT_CHAT_CREATED ||
		row->event.type == EVENT_MESSAGE_CREATED);
}

/* The primary key of the event's row; returns how many values. */
static size_t fill_key(const struct event *event, struct sql_value *params)
{
	size_t n = 0;

	params[n++] = sql_u64(event->application_id);
	if (event->type == EVENT_MESSAGE_CREATED)
		params[n++] = sql_u64(event->chat_number);
	params[n++] = sql_u64(event->number);
	return n;
}

enum fault dead_row_note_replay(struct sql *sql, const struct uuid *id,
				struct error *error)
{
	const struct sql_value key = sql_bytes(id->bytes, sizeof(id->bytes));

	return sql_run(sql, NOTE_REPLAY_SQL, &key, 1, NULL, NULL, NULL, error);
}

enum fault dead_row_is_stored(struct sql *sql, const struct dead_row *row,
			      bool *stored_r, struct error *error)
{
	const struct event *event = &row->event;
	bool message = event->type == EVENT_MESSAGE_CREATED;
	struct sql_value params[4];
	size_t n = fill_key(event, params);
	uint64_t found = 0;
	enum fault fault;

	params[n++] = sql_bytes(row->id.bytes, sizeof(row->id.bytes));
	fault = query_u64(sql,
			  message ? MESSAGE_IS_STORED_SQL : CHAT_IS_STORED_SQL,
			  params, n, &found, error);
	*stored_r = found == 1;
	return fault;
}

enum fault dead_row_settle(struct sql *sql, const struct dead_row *row,
			   struct dead_copies *copies, struct error *error)
{
	const struct sql_value key =
		sql_bytes(row->id.bytes, sizeof(row->id.bytes));
	enum fault fault = sql_run(sql, DELETE_PERSIST_SQL, &key, 1, NULL, NULL,
				   NULL, error);

	if (fault != FAULT_NONE)
		return fault;
	return dead_copies_expect(copies, row->line.data, row->line.length,
				  row->persist_times, error);
}

static enum fault free_key(struct sql *sql, const struct event *event,
			   struct error *error)
{
	const struct sql_value params[] = {
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_text(event->key, event->key_length),
		sql_bytes(event->id.bytes, sizeof(event->id.bytes)),
	};

	return sql_run(sql, FREE_KEY_SQL, params, 4, NULL, NULL, NULL, error);
}

enum fault dead_row_give_up(struct sql *sql, const struct dead_row *row,
			    struct error *error)
{
	const struct event *event = &row->event;
	bool message = event->type == EVENT_MESSAGE_CREATED;
	struct sql_value params[8];
	size_t n = 0;
	enum fault fault;

	params[n++] = sql_u64(event->application_id);
	params[n++] = sql_u64(event->chat_number);
	params[n++] = sql_u64(event->number);
	params[n++] = sql_bytes(event->id.bytes, sizeof(event->id.bytes));
	params[n++] = sql_time(event->at_ms);
	n += fill_key(event, params + n);
	fault = sql_run(sql, message ? VOID_MESSAGE_SQL : VOID_CHAT_SQL, params,
			n, NULL, NULL, NULL, error);
	if (fault != FAULT_NONE || event->key == NULL)
		return fault;
	return free_key(sql, event, error);
}
