#ifndef CONFAB_PERSISTER_STATEMENTS_H
#define CONFAB_PERSISTER_STATEMENTS_H

#include <stddef.h>

/*
 * The persister's SQL for many rows at once. A text is prepared once per
 * connection, so each statement comes in a few fixed sizes.
 */
enum statement {
	/* application_id, number, event_id, generation, created_at */
	STATEMENT_INSERT_CHATS,
	/* application_id, chat_number, number, event_id, generation, body,
	 * created_at, updated_at */
	STATEMENT_INSERT_MESSAGES,
	/* application_id, chat_number, number, event_id, created_at */
	STATEMENT_INSERT_VOIDS,
	/* application_id, chat_number, idempotency_key, fingerprint, number,
	 * event_id, created_at */
	STATEMENT_INSERT_KEYS,

	/* These five take keys: application_id[, chat_number], number. Rows
	 * are application_id, chat_number (0), number, event_id, generation. */
	STATEMENT_SELECT_CHATS,
	STATEMENT_SELECT_MESSAGES,
	STATEMENT_SELECT_VOIDS,
	/* The same with the rows locked. */
	STATEMENT_LOCK_CHATS,
	STATEMENT_LOCK_MESSAGES,
	STATEMENTS
};

/* The largest size: twice as many are no faster and cost 1.5 MB. */
#define STATEMENT_ROWS 500u
/* The most parameters that one row has. */
#define STATEMENT_COLUMNS 8u

struct statements;

/* NULL when memory is out. The texts live as long as it does, which must be
 * longer than the connections that prepared them. */
struct statements *statements_new(void);
void statements_free(struct statements **statements);

/* The text for the largest size that is at most `n` >= 1; *size_r is it. */
const char *statements_at_most(const struct statements *statements,
			       enum statement which, size_t n, size_t *size_r);
/* The text for the smallest size that is at least `n` <= STATEMENT_ROWS. */
const char *statements_at_least(const struct statements *statements,
				enum statement which, size_t n, size_t *size_r);

/* ---- one row at a time ---- */

/* Is there a void of these applications? first and last application_id */
extern const char statement_any_void[];
/* application_id, chat_number, number */
extern const char statement_delete_void[];

/* Of the row that a newer generation replaces: event_id, generation,
 * created_at, body. */
extern const char statement_read_chat[];    /* application_id, number */
extern const char statement_read_message[]; /* application_id, chat_number,
					     * number */
/* event_id, generation, created_at, application_id, number */
extern const char statement_replace_chat[];
/* event_id, generation, body, created_at, updated_at, application_id,
 * chat_number, number */
extern const char statement_replace_message[];
/* How often a late event is known as one that was promised: a row, a key's
 * record, a dead letter that is replayed. application_id, chat_number,
 * idempotency_key, event_id; event_id; application_id, chat_number (messages
 * only), number, event_id. */
extern const char statement_known_chat[];
extern const char statement_known_message[];
/* The key of a replaced event is free again: application_id, chat_number,
 * number, event_id. */
extern const char statement_expire_key[];

/* ---- the generation of numbers ---- */

/* generation, state; locked against a change until the transaction ends */
extern const char statement_lock_numbering[];

/* ---- draining ---- */

extern const char statement_read_numbering[];  /* generation, state */
extern const char statement_take_drain_lock[]; /* 1: ours */
extern const char statement_free_drain_lock[];
/* changed_at, generation */
extern const char statement_set_drained[];

#endif
