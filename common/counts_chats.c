#include "common/counts_private.h"

/* ---- choosing a set ---- */

static const char next_chats[] =
	"SELECT number, messages_count FROM chats WHERE application_id = ?"
	" AND number > ? ORDER BY number LIMIT ?";

static struct counts_chat *find_chat(struct counts *counts, uint64_t number)
{
	size_t low = 0, high = counts->chat_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (counts->chats[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == counts->chat_count || counts->chats[low].number != number)
		return NULL; /* messages whose chat is not stored yet */
	return &counts->chats[low];
}

static bool take_chat(void *context, const struct sql_value *columns,
		      size_t count)
{
	struct counts *counts = context;

	if (count != 2 || counts->chat_count == COUNTS_SET_CHATS)
		return false;
	counts->chats[counts->chat_count++] = (struct counts_chat){
		.number = columns[0].as.u64,
		.messages_count = columns[1].as.u64,
	};
	return true;
}

/* Cuts the set where it gets too large, if the counts are about right; one
 * chat stays in any case. */
static void cut_set(struct counts *counts)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < counts->chat_count; i++) {
		rows += counts->chats[i].messages_count;
		if (rows > COUNTS_SET_ROWS && i > 0) {
			counts->chat_count = i;
			return;
		}
	}
}

uint64_t counts_set_end(const struct counts *counts)
{
	return counts->chats[counts->chat_count - 1].number;
}

enum fault counts_choose_set(struct counts *counts, struct error *error)
{
	const struct sql_value values[] = { sql_u64(counts->application_id),
					    sql_u64(counts->last_chat),
					    sql_u64(counts->set_chats) };
	enum fault fault;

	counts->chat_count = 0;
	fault = sql_run(counts->sql, next_chats, values, 3, take_chat, counts,
			NULL, error);
	cut_set(counts);
	return fault;
}

/* ---- a set of chats ---- */

static const char lock_chats[] =
	"SELECT number, messages_count, settled_number, settled_count"
	" FROM chats FORCE INDEX (PRIMARY) WHERE application_id = ?"
	" AND number > ? AND number <= ? ORDER BY number FOR UPDATE";

static const char count_chats_rows[] =
	"SELECT chat_number, COUNT(*), MAX(number) FROM messages"
	" WHERE application_id = ? AND chat_number > ? AND chat_number <= ?"
	" GROUP BY chat_number";

static const char highest_of_chat[] =
	"SELECT MAX(number) FROM messages WHERE application_id = ?"
	" AND chat_number = ?";

static const char count_range[] =
	"SELECT COUNT(*) FROM messages WHERE application_id = ?"
	" AND chat_number = ? AND number > ? AND number <= ?";

static const char store_chat[] =
	"UPDATE chats SET messages_count = ?, settled_number = ?,"
	" settled_count = ? WHERE application_id = ? AND number = ?";

static const char add_messages[] =
	"UPDATE applications SET messages_count ="
	" GREATEST(CAST(messages_count AS SIGNED) + ?, 0) WHERE id = ?";

static bool take_locked(void *context, const struct sql_value *columns,
			size_t count)
{
	struct counts_chat *chat;

	if (count != 4)
		return false;
	chat = find_chat(context, columns[0].as.u64);
	if (chat == NULL)
		return true; /* new since the set was chosen: it is dirty */
	chat->locked = true;
	chat->messages_count = columns[1].as.u64;
	chat->settled_number = columns[2].as.u64;
	chat->settled_count = columns[3].as.u64;
	return true;
}

static bool take_rows(void *context, const struct sql_value *columns,
		      size_t count)
{
	struct counts_chat *chat;

	if (count != 3)
		return false;
	chat = find_chat(context, columns[0].as.u64);
	if (chat != NULL) {
		chat->rows = columns[1].as.u64;
		chat->highest = columns[2].as.u64;
	}
	return true;
}

/* A large chat alone, range by range. */
static enum fault count_large(struct counts *counts, struct counts_chat *chat,
			      struct error *error)
{
	uint64_t params[4] = { counts->application_id, chat->number };
	uint64_t answers[COUNTS_ANSWERS];
	enum fault fault =
		counts_ask(counts, highest_of_chat, params, 2, answers, error);

	chat->highest = answers[0];
	chat->rows = 0;
	for (uint64_t from = 0; fault == FAULT_NONE && from < chat->highest;
	     from = params[3]) {
		params[2] = from;
		params[3] = chat->highest - from > COUNTS_RANGE
				    ? from + COUNTS_RANGE
				    : chat->highest;
		fault = counts_ask(counts, count_range, params, 4, answers,
				   error);
		chat->rows += answers[0];
	}
	return fault;
}

static enum fault count_set(struct counts *counts,
			    const struct sql_value range[3],
			    struct error *error)
{
	if (counts->chat_count == 1)
		return count_large(counts, &counts->chats[0], error);
	return sql_run(counts->sql, count_chats_rows, range, 3, take_rows,
		       counts, NULL, error);
}

static bool is_right(const struct counts_chat *chat)
{
	return chat->messages_count == chat->rows &&
	       chat->settled_count == chat->rows &&
	       chat->settled_number >= chat->highest;
}

/*
 * The mark goes to the highest row. Should a number below it come yet, its
 * chat is dirty, and the counter goes back below that number.
 */
static enum fault correct_chat(struct counts *counts,
			       const struct counts_chat *chat,
			       struct error *error)
{
	const struct sql_value values[] = {
		sql_u64(chat->rows),   sql_u64(chat->highest),
		sql_u64(chat->rows),   sql_u64(counts->application_id),
		sql_u64(chat->number),
	};

	return sql_run(counts->sql, store_chat, values, 5, NULL, NULL, NULL,
		       error);
}

static enum fault correct_set(struct counts *counts, uint64_t *corrected_r,
			      struct error *error)
{
	int64_t change = 0;
	enum fault fault = FAULT_NONE;

	for (size_t i = 0; i < counts->chat_count && fault == FAULT_NONE; i++) {
		const struct counts_chat *chat = &counts->chats[i];

		if (!chat->locked || is_right(chat))
			continue;
		if (chat->messages_count != chat->rows)
			(*corrected_r)++;
		change += (int64_t)(chat->rows - chat->messages_count);
		fault = correct_chat(counts, chat, error);
	}
	if (fault != FAULT_NONE || change == 0)
		return fault;
	const struct sql_value values[] = { sql_i64(change),
					    sql_u64(counts->application_id) };

	return sql_run(counts->sql, add_messages, values, 2, NULL, NULL, NULL,
		       error);
}

enum fault counts_work_on_set(struct counts *counts, uint64_t *corrected_r,
			      struct error *error)
{
	const struct sql_value range[] = { sql_u64(counts->application_id),
					   sql_u64(counts->last_chat),
					   sql_u64(counts_set_end(counts)) };
	enum fault fault = sql_run(counts->sql, lock_chats, range, 3,
				   take_locked, counts, NULL, error);

	if (fault == FAULT_NONE)
		fault = count_set(counts, range, error);
	if (fault == FAULT_NONE)
		fault = correct_set(counts, corrected_r, error);
	return fault;
}
