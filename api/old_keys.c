#include "api/old_keys.h"

#include <string.h>

struct seen {
	const struct uuid *id;
	enum old_key key;
};

/* The row's event id or NULL, and the tombstone's. */
static bool read_seen(void *context, const struct sql_value *columns,
		      size_t count)
{
	struct seen *seen = context;
	const struct sql_value *row = &columns[0];

	(void)count;
	if (row->type != SQL_NULL)
		seen->key = row->as.bytes.length == sizeof(seen->id->bytes) &&
					    memcmp(row->as.bytes.data,
						   seen->id->bytes,
						   sizeof(seen->id->bytes)) == 0
				    ? OLD_KEY_STORED
				    : OLD_KEY_GIVEN_UP;
	else if (columns[1].type != SQL_NULL)
		seen->key = OLD_KEY_GIVEN_UP;
	return false;
}

enum fault old_keys_look(struct sql *sql, const struct allocation *allocation,
			 enum old_key *key_r, struct error *error)
{
#define TOMBSTONE                                                              \
	"(SELECT event_id FROM voids WHERE application_id = ? "                \
	"AND chat_number = ? AND number = ?)"
	static const char chats[] =
		"SELECT (SELECT event_id FROM chats WHERE application_id = ? "
		"AND number = ?), " TOMBSTONE;
	static const char messages[] =
		"SELECT (SELECT event_id FROM messages "
		"WHERE application_id = ? AND chat_number = ? "
		"AND number = ?), " TOMBSTONE;
#undef TOMBSTONE
	struct sql_value params[] = {
		sql_u64(allocation->application_id),
		sql_u64(allocation->chat_number),
		sql_u64(allocation->number),
		sql_u64(allocation->application_id),
		sql_u64(allocation->chat_number),
		sql_u64(allocation->number),
	};
	struct seen seen = { &allocation->event_id, OLD_KEY_AWAITED };
	bool of_chat = allocation->chat_number == 0;
	enum fault fault;

	if (of_chat)
		params[1] = params[0];
	fault = sql_run(sql, of_chat ? chats : messages,
			of_chat ? params + 1 : params, of_chat ? 5 : 6,
			read_seen, &seen, NULL, error);
	if (fault == FAULT_NONE)
		*key_r = seen.key;
	return fault;
}
