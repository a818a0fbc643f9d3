#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/check.h"
#include "tests/chaos/report.h"

struct walk {
	struct record *record;
	uint64_t rows, chats;
	uint64_t foreign, doubled, misplaced, wrong_text, lost;
	uint64_t unpromised_chats;
};

/* ---- applications ---- */

static void take_app(void *context, char **columns,
		     const unsigned long *lengths)
{
	struct record *record = context;

	(void)lengths;
	for (uint32_t i = 0; i < record->app_count; i++) {
		if (strcmp(record->apps[i].token, columns[1]) == 0)
			record->apps[i].id = strtoull(columns[0], NULL, 10);
	}
}

static bool find_app(const struct record *record, uint64_t id, uint32_t *app_r)
{
	for (uint32_t i = 0; i < record->app_count; i++) {
		if (record->apps[i].id == id) {
			*app_r = i;
			return true;
		}
	}
	return false;
}

/* ---- messages ---- */

struct place {
	uint32_t app;
	uint64_t chat, number;
};

static bool read_place(const struct record *record, char **columns,
		       struct place *place_r)
{
	place_r->chat = strtoull(columns[1], NULL, 10);
	place_r->number = strtoull(columns[2], NULL, 10);
	return find_app(record, strtoull(columns[0], NULL, 10), &place_r->app);
}

/* The text that the row has is one that it may have. */
static bool text_is_due(const struct op *message, uint32_t text_op,
			uint32_t message_op)
{
	if (text_op != message_op)
		return text_op + 1 == message->edited ||
		       text_op + 1 == message->editing;
	return message->edited == 0;
}

static void judge_row(struct walk *walk, const struct place *place,
		      uint32_t text_op)
{
	const struct op *text = record_op(walk->record, text_op);
	uint32_t index = text->type == OP_EDIT ? text->target : text_op;
	struct op *message = record_op(walk->record, index);

	if (++message->rows > 1) {
		walk->doubled++;
		report_problem("op %" PRIu32 " is stored %u times; here as "
			       "app %" PRIu32 " chat %" PRIu64
			       " number %" PRIu64,
			       index, message->rows, place->app, place->chat,
			       place->number);
	}
	if (message->app != place->app || message->chat != place->chat ||
	    (message->state == OP_ACKNOWLEDGED &&
	     message->number != place->number)) {
		walk->misplaced++;
		report_problem("op %" PRIu32 " was promised number %" PRIu64
			       ", but is %" PRIu64,
			       index, message->number, place->number);
	}
	if (!text_is_due(message, text_op, index)) {
		walk->wrong_text++;
		report_problem("op %" PRIu32 " has the text of op %" PRIu32
			       ", but its last edit is op %" PRId64,
			       index, text_op, (int64_t)message->edited - 1);
	}
}

static void take_message(void *context, char **columns,
			 const unsigned long *lengths)
{
	struct walk *walk = context;
	struct place place;
	uint32_t text_op;

	walk->rows++;
	if (!read_place(walk->record, columns, &place) ||
	    !record_find_text(walk->record, columns[3], lengths[3], &text_op)) {
		walk->foreign++;
		report_problem("application %s chat %s number %s has a text "
			       "that nobody sent: %.60s",
			       columns[0], columns[1], columns[2], columns[3]);
		return;
	}
	judge_row(walk, &place, text_op);
}

/* ---- chats ---- */

static void take_chat(void *context, char **columns,
		      const unsigned long *lengths)
{
	struct walk *walk = context;
	uint64_t number = strtoull(columns[1], NULL, 10);
	uint32_t app, index;

	(void)lengths;
	walk->chats++;
	if (!find_app(walk->record, strtoull(columns[0], NULL, 10), &app)) {
		walk->foreign++;
		return;
	}
	index = record_promised(walk->record, app, 0, number);
	if (index == 0)
		walk->unpromised_chats++;
	else
		record_op(walk->record, index - 1)->rows++;
}

/* ---- what is not there ---- */

static const char *type_word(const struct op *op)
{
	return op->type == OP_CHAT ? "chat" : "message";
}

static void find_lost(struct walk *walk)
{
	for (uint32_t i = 0; i < walk->record->count; i++) {
		const struct op *op = record_op(walk->record, i);

		if (op->type == OP_EDIT || op->state != OP_ACKNOWLEDGED ||
		    op->rows > 0)
			continue;
		walk->lost++;
		report_problem("lost: op %" PRIu32 ", %s of app %" PRIu32
			       " chat %" PRIu64 " number %" PRIu64,
			       i, type_word(op), op->app, op->chat, op->number);
	}
}

static uint64_t unclear_chats(const struct record *record)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < record->count; i++) {
		const struct op *op = record_op(record, i);

		count += op->type == OP_CHAT && op->state != OP_ACKNOWLEDGED;
	}
	return count;
}

static void report(const struct walk *walk)
{
	const struct record *record = walk->record;
	uint64_t unclear = unclear_chats(record);

	report_check(walk->lost == 0, "nothing acknowledged is lost",
		     "%" PRIu64 " lost of %" PRIu64 " messages, %" PRIu64
		     " chats",
		     walk->lost, walk->rows, walk->chats);
	report_check(walk->doubled == 0, "nothing is stored twice",
		     "%" PRIu64 " doubled", walk->doubled);
	report_check(record->clashes == 0 && walk->misplaced == 0,
		     "each number is one message's, and the promised one",
		     "%" PRIu64 " promised twice, %" PRIu64 " in another place",
		     record->clashes, walk->misplaced);
	report_check(walk->wrong_text == 0, "each text is the last one",
		     "%" PRIu64 " others", walk->wrong_text);
	report_check(walk->foreign == 0 && walk->unpromised_chats <= unclear,
		     "nothing is stored that nobody sent",
		     "%" PRIu64 " such rows; %" PRIu64
		     " chats not acknowledged, of %" PRIu64,
		     walk->foreign, walk->unpromised_chats, unclear);
}

void check_rows(MYSQL *sql, struct record *record)
{
	struct walk walk = { .record = record };

	database_each(sql, "SELECT id, token FROM applications", take_app,
		      record);
	database_each(sql,
		      "SELECT application_id, chat_number, number, body "
		      "FROM messages",
		      take_message, &walk);
	database_each(sql, "SELECT application_id, number FROM chats",
		      take_chat, &walk);
	find_lost(&walk);
	report(&walk);
}
