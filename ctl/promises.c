#include "ctl/promises.h"

#include "common/amqp.h"
#include "ctl/ctl.h"
#include "ctl/query.h"

/* Numbers that one statement looks at. */
#define LOOK_NUMBERS 1000u

/* Tombstones that readers write (api/holes.c) promise nothing: the event may
 * come yet. */
#define READERS_OWN "UNHEX('00000000000000000000000000000001')"
#define OTHERS                                                                 \
	"SELECT number FROM voids WHERE application_id = ?"                    \
	" AND chat_number = ? AND number > ? AND number <= ?"                  \
	" AND event_id > " READERS_OWN                                         \
	" UNION SELECT number FROM dead_letters WHERE application_id = ?"      \
	" AND chat_number = ? AND number > ? AND number <= ?"                  \
	" AND queue = '" AMQP_QUEUE_PERSIST "'"
static const char CHATS_KEPT_SQL[] =
	"SELECT COUNT(*) FROM (SELECT number FROM chats"
	" WHERE application_id = ? AND number > ? AND number <= ? UNION " OTHERS
	") AS kept";
static const char MESSAGES_KEPT_SQL[] =
	"SELECT COUNT(*) FROM (SELECT number FROM messages"
	" WHERE application_id = ? AND chat_number = ? AND number > ?"
	" AND number <= ? UNION " OTHERS ") AS kept";

static enum fault count_kept(struct ctl *ctl, const struct promise *promise,
			     uint64_t after, uint64_t last, uint64_t *kept_r,
			     struct error *error)
{
	const struct sql_value app = sql_u64(promise->application_id);
	const struct sql_value chat = sql_u64(promise->chat_number);
	const struct sql_value from = sql_u64(after);
	const struct sql_value to = sql_u64(last);
	const struct sql_value params[] = { app,  chat, from, to,   app,  chat,
					    from, to,	app,  chat, from, to };
	/* chats have no chat number */
	const struct sql_value of_chats[] = { app, from, to,   app,  chat, from,
					      to,  app,	 chat, from, to };

	if (promise->chat_number == 0)
		return query_u64(ctl->sql, CHATS_KEPT_SQL, of_chats, 11, kept_r,
				 error);
	return query_u64(ctl->sql, MESSAGES_KEPT_SQL, params, 12, kept_r,
			 error);
}

/* Piece by piece; the floor follows the pieces that lack nothing. *open_r grows
 * by what the others lack. */
static enum fault look(struct ctl *ctl, struct promise *promise,
		       uint64_t *open_r, struct error *error)
{
	uint64_t at = promise->floor;

	while (at < promise->highest) {
		uint64_t end = promise->highest - at > LOOK_NUMBERS
				       ? at + LOOK_NUMBERS
				       : promise->highest;
		uint64_t kept = 0;
		enum fault fault =
			count_kept(ctl, promise, at, end, &kept, error);

		if (fault != FAULT_NONE)
			return fault;
		*open_r += end - at - kept;
		if (kept == end - at && promise->floor == at)
			promise->floor = end;
		at = end;
	}
	return FAULT_NONE;
}

enum fault promises_look(struct ctl *ctl, struct promises *promises,
			 uint64_t *open_r, struct error *error)
{
	size_t left = 0;

	*open_r = 0;
	for (size_t i = 0; i < promises->count; i++) {
		struct promise *promise = &promises->list[i];
		enum fault fault = look(ctl, promise, open_r, error);

		if (fault != FAULT_NONE)
			return fault;
		if (promise->floor < promise->highest)
			promises->list[left++] = *promise;
	}
	promises->count = left;
	return FAULT_NONE;
}
