#include "persister/statements.h"

#include <stdlib.h>

#include "common/amqp.h"
#include "common/buf.h"
#include "common/consumer.h"

static const size_t sizes[] = { STATEMENT_ROWS, 256, 64, 16, 4, 1 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

struct statements {
	char *texts[STATEMENTS][SIZES];
};

/*
 * A row that is there already is left as it is: "pk = pk" changes nothing, so
 * the server counts 0 affected rows for it. (INSERT IGNORE would hide every
 * other error too.)
 *
 * Locking statements name their index: on a small table the server would walk
 * over all rows, and lock them.
 *
 * A key is answered for 24 hours; an older record is as good as none and makes
 * room. MySQL and MariaDB assign from left to right, so created_at, which the
 * conditions read, comes last.
 */
static const struct {
	const char *head, *row, *tail;
} parts[STATEMENTS] = {
	[STATEMENT_INSERT_CHATS] = {
		"INSERT INTO chats (application_id, number, event_id,"
		" generation, created_at) VALUES ",
		"(?,?,?,?,?)",
		" ON DUPLICATE KEY UPDATE number = chats.number",
	},
	[STATEMENT_INSERT_MESSAGES] = {
		"INSERT INTO messages (application_id, chat_number, number,"
		" event_id, generation, body, created_at, updated_at) VALUES ",
		"(?,?,?,?,?,?,?,?)",
		" ON DUPLICATE KEY UPDATE number = messages.number",
	},
	[STATEMENT_INSERT_VOIDS] = {
		"INSERT INTO voids (application_id, chat_number, number,"
		" event_id, created_at) VALUES ",
		"(?,?,?,?,?)",
		" ON DUPLICATE KEY UPDATE number = voids.number",
	},
	[STATEMENT_INSERT_KEYS] = {
		"INSERT INTO idempotency (application_id, chat_number,"
		" idempotency_key, fingerprint, number, event_id, created_at)"
		" VALUES ",
		"(?,?,?,?,?,?,?)",
		" ON DUPLICATE KEY UPDATE"
#define UNLESS_FRESH(column)                                                   \
	" " column " = IF(idempotency.created_at < VALUES(created_at)"         \
	" - INTERVAL 1 DAY, VALUES(" column "), idempotency." column ")"
		UNLESS_FRESH("fingerprint") "," UNLESS_FRESH("number") ","
		UNLESS_FRESH("event_id") "," UNLESS_FRESH("created_at"),
#undef UNLESS_FRESH
	},
	[STATEMENT_SELECT_CHATS] = {
		"SELECT application_id, 0, number, event_id, generation"
		" FROM chats WHERE (application_id, number) IN (",
		"(?,?)",
		")",
	},
	[STATEMENT_SELECT_MESSAGES] = {
		"SELECT application_id, chat_number, number, event_id,"
		" generation FROM messages"
		" WHERE (application_id, chat_number, number) IN (",
		"(?,?,?)",
		")",
	},
	[STATEMENT_LOCK_CHATS] = {
		"SELECT application_id, 0, number, event_id, generation"
		" FROM chats FORCE INDEX (PRIMARY) WHERE (application_id, number) IN (",
		"(?,?)",
		") LOCK IN SHARE MODE",
	},
	[STATEMENT_LOCK_MESSAGES] = {
		"SELECT application_id, chat_number, number, event_id,"
		" generation FROM messages FORCE INDEX (PRIMARY)"
		" WHERE (application_id, chat_number, number) IN (",
		"(?,?,?)",
		") LOCK IN SHARE MODE",
	},
	[STATEMENT_SELECT_VOIDS] = {
		"SELECT application_id, chat_number, number, event_id, 0"
		" FROM voids FORCE INDEX (PRIMARY)"
		" WHERE (application_id, chat_number, number) IN (",
		"(?,?,?)",
		")",
	},
};

static char *make_text(enum statement which, size_t rows)
{
	struct buf text = BUF_INIT;

	buf_append_text(&text, parts[which].head);
	for (size_t i = 0; i < rows; i++) {
		if (i > 0)
			buf_append_char(&text, ',');
		buf_append_text(&text, parts[which].row);
	}
	buf_append_text(&text, parts[which].tail);
	return buf_take(&text, NULL);
}

struct statements *statements_new(void)
{
	struct statements *statements = calloc(1, sizeof(*statements));

	if (!statements)
		return NULL;
	for (int which = 0; which < STATEMENTS; which++)
		for (size_t i = 0; i < SIZES; i++) {
			char *text = make_text((enum statement)which, sizes[i]);

			statements->texts[which][i] = text;
			if (!text) {
				statements_free(&statements);
				return NULL;
			}
		}
	return statements;
}

void statements_free(struct statements **statements)
{
	if (!*statements)
		return;
	for (int which = 0; which < STATEMENTS; which++)
		for (size_t i = 0; i < SIZES; i++)
			free((*statements)->texts[which][i]);
	free(*statements);
	*statements = NULL;
}

const char *statements_at_most(const struct statements *statements,
			       enum statement which, size_t n, size_t *size_r)
{
	size_t i = 0;

	while (sizes[i] > n)
		i++;
	*size_r = sizes[i];
	return statements->texts[which][i];
}

const char *statements_at_least(const struct statements *statements,
				enum statement which, size_t n, size_t *size_r)
{
	size_t i = SIZES - 1;

	while (sizes[i] < n)
		i--;
	*size_r = sizes[i];
	return statements->texts[which][i];
}

const char statement_any_void[] =
	"SELECT 1 FROM voids WHERE application_id BETWEEN ? AND ? LIMIT 1";

const char statement_delete_void[] =
	"DELETE FROM voids"
	" WHERE application_id = ? AND chat_number = ? AND number = ?";

const char statement_read_chat[] =
	"SELECT event_id, generation, created_at, '' FROM chats"
	" WHERE application_id = ? AND number = ? FOR UPDATE";

const char statement_read_message[] =
	"SELECT event_id, generation, created_at, body FROM messages"
	" WHERE application_id = ? AND chat_number = ? AND number = ?"
	" FOR UPDATE";

const char statement_replace_chat[] =
	"UPDATE chats SET event_id = ?, generation = ?, created_at = ?"
	" WHERE application_id = ? AND number = ?";

const char statement_replace_message[] =
	"UPDATE messages SET event_id = ?, generation = ?, revision = 1,"
	" body = ?, created_at = ?, updated_at = ?"
	" WHERE application_id = ? AND chat_number = ? AND number = ?";

/* A collision is nobody's promise. */
#define KNOWN                                                                  \
	"SELECT CAST((SELECT COUNT(*) FROM idempotency"                        \
	" WHERE application_id = ? AND chat_number = ?"                        \
	" AND idempotency_key = ? AND event_id = ?)"                           \
	" + (SELECT COUNT(*) FROM dead_letters WHERE event_id = ?"             \
	" AND queue = '" AMQP_QUEUE_PERSIST                                    \
	"' AND reason <> '" REASON_COLLISION "')"                              \
	" + (SELECT COUNT(*) FROM "

const char statement_known_chat[] =
	KNOWN "chats WHERE application_id = ? AND number = ?"
	      " AND event_id = ?) AS UNSIGNED)";

const char statement_known_message[] =
	KNOWN "messages WHERE application_id = ? AND chat_number = ?"
	      " AND number = ? AND event_id = ?) AS UNSIGNED)";
#undef KNOWN

const char statement_expire_key[] =
	"UPDATE idempotency SET created_at = '1970-01-02 00:00:00'"
	" WHERE application_id = ? AND chat_number = ? AND number = ?"
	" AND event_id = ?";

const char statement_read_numbering[] =
	"SELECT generation, state FROM numbering WHERE id = 1";

const char statement_lock_numbering[] =
	"SELECT generation, state FROM numbering WHERE id = 1"
	" LOCK IN SHARE MODE";

/* Taken twice it would have to be freed twice. */
const char statement_take_drain_lock[] =
	"SELECT IF(IS_USED_LOCK('confab.drain') = CONNECTION_ID(), 1,"
	" GET_LOCK('confab.drain', 0))";

const char statement_free_drain_lock[] = "SELECT RELEASE_LOCK('confab.drain')";

const char statement_set_drained[] =
	"UPDATE numbering SET state = 'drained', changed_at = ?"
	" WHERE id = 1 AND state = 'draining' AND generation = ?";
