#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/check.h"
#include "tests/chaos/journal.h"
#include "tests/chaos/report.h"

/* docs/numbers.md, Holes: that long a hole is watched before readers pass. */
#define WATCHED_MS 60000

struct row {
	uint64_t number;
	uint32_t message; /* whose it is; chats: 0 */
};

struct rows {
	const struct record *record;
	bool of_chat; /* messages, else chats */
	struct row *all;
	uint64_t count, room;
};

struct verdict {
	MYSQL *sql;
	const struct record *record;
	const struct readers *readers;
	uint64_t seen, skipped, vanished, different, wrong;
	uint64_t given_up, given_up_promised, gave_way;
};

/* ---- rows ---- */

/* The message that has this op's text. */
static uint32_t message_of(const struct record *record, uint32_t op)
{
	const struct op *text = record_op(record, op);

	return text->type == OP_EDIT ? text->target : op;
}

static void take_row(void *context, char **columns,
		     const unsigned long *lengths)
{
	struct rows *rows = context;
	struct row row = { .number = strtoull(columns[0], NULL, 10) };
	uint32_t op;

	/* foreign texts are check_rows()' matter */
	if (rows->of_chat &&
	    record_find_text(rows->record, columns[1], lengths[1], &op))
		row.message = message_of(rows->record, op);
	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 1024;
		rows->all =
			reallocarray(rows->all, rows->room, sizeof(*rows->all));
		if (!rows->all) {
			fprintf(stderr, "chaos: out of memory\n");
			exit(111);
		}
	}
	rows->all[rows->count++] = row;
}

static void load_rows(struct verdict *verdict, const struct reader *reader,
		      struct rows *rows_r)
{
	uint64_t app = verdict->record->apps[reader->app].id;
	char query[256];

	*rows_r = (struct rows){ .record = verdict->record,
				 .of_chat = reader->chat != 0 };
	if (reader->chat != 0)
		snprintf(query, sizeof(query),
			 "SELECT number, body FROM messages WHERE "
			 "application_id = %" PRIu64
			 " AND chat_number = %" PRIu64 " ORDER BY number",
			 app, reader->chat);
	else
		snprintf(query, sizeof(query),
			 "SELECT number FROM chats WHERE application_id = "
			 "%" PRIu64 " ORDER BY number",
			 app);
	database_each(verdict->sql, query, take_row, rows_r);
}

/* ---- what was skipped ---- */

/* When a reader of this list first asked for what comes behind the rows before
 * the number: no watch of a hole there began earlier. */
static int64_t first_watch_ms(const struct readers *readers,
			      const struct reader *of, uint64_t number)
{
	const struct reader *reader;
	int64_t first_ms = INT64_MAX;

	for (unsigned i = 0; (reader = readers_get(readers, i)); i++) {
		uint32_t at = 0;
		int64_t asked_ms;

		if (reader->app != of->app || reader->chat != of->chat ||
		    reader->source || reader->seen_count == 0)
			continue;
		while (at < reader->seen_count &&
		       reader->seen[at].number < number)
			at++;
		asked_ms = reader->seen[at > 0 ? at - 1 : 0].asked_ms;
		if (asked_ms < first_ms)
			first_ms = asked_ms;
	}
	return first_ms;
}

/* The only row that a reader may have passed is one that came when its number
 * had been waited for in vain. `next` is what the reader saw instead. */
static void judge_skipped(struct verdict *verdict, const struct reader *reader,
			  uint64_t number, const struct reader_seen *next)
{
	uint32_t op = record_promised(verdict->record, reader->app,
				      reader->chat, number);
	int64_t watched_ms =
		next ? next->came_ms -
				first_watch_ms(verdict->readers, reader, number)
		     : 0;
	bool given_up = watched_ms >= WATCHED_MS;

	if (given_up)
		verdict->given_up++;
	else
		verdict->skipped++;
	verdict->given_up_promised += given_up && op != 0;
	report_problem("reader of app %" PRIu32 " chat %" PRIu64
		       ": number %" PRIu64 " (op %" PRId64 ") is a row, but it "
		       "was passed after %" PRId64 " ms%s",
		       reader->app, reader->chat, number, (int64_t)op - 1,
		       watched_ms, given_up ? ", as it may be" : "");
}

/* ---- what was seen ---- */

static bool is_text_of(const struct record *record,
		       const struct reader_seen *seen)
{
	struct buf text = BUF_INIT;
	bool same;

	if (seen->op >= record->count ||
	    record_op(record, seen->op)->type == OP_CHAT)
		return false;
	record_text(record, seen->op, &text);
	same = readers_print(text.data, text.length) == seen->print;
	buf_release(&text);
	return same;
}

/* An event that nobody was promised gave its row to a newer one: it is a dead
 * letter then. */
static bool gave_way(const struct verdict *verdict, const struct reader *reader,
		     const struct reader_seen *seen)
{
	const struct op *op = record_op(verdict->record,
					message_of(verdict->record, seen->op));
	char query[320];

	if (op->state == OP_ACKNOWLEDGED && op->number == seen->number)
		return false;
	snprintf(query, sizeof(query),
		 "SELECT COUNT(*) FROM dead_letters WHERE application_id = "
		 "%" PRIu64 " AND chat_number = %" PRIu64
		 " AND number = %" PRIu64 " AND reason = 'collision' AND event "
		 "LIKE '%%\"op %" PRIu32 " of %" PRIu64 "%%'",
		 verdict->record->apps[reader->app].id, reader->chat,
		 seen->number, message_of(verdict->record, seen->op),
		 verdict->record->seed);
	return database_number(verdict->sql, query) > 0;
}

static void judge_seen(struct verdict *verdict, const struct reader *reader,
		       const struct reader_seen *seen, const struct row *row)
{
	verdict->seen++;
	if (reader->chat == 0)
		return;
	if (is_text_of(verdict->record, seen)) {
		if (message_of(verdict->record, seen->op) == row->message)
			return;
		if (gave_way(verdict, reader, seen)) {
			verdict->gave_way++;
			return;
		}
	}
	verdict->different++;
	report_problem("reader of app %" PRIu32 " chat %" PRIu64
		       " saw op %" PRIu32 " as number %" PRIu64
		       ", which is op %" PRIu32,
		       reader->app, reader->chat, seen->op, seen->number,
		       row->message);
}

static void judge_vanished(struct verdict *verdict, const struct reader *reader,
			   const struct reader_seen *seen)
{
	verdict->vanished++;
	report_problem("reader of app %" PRIu32 " chat %" PRIu64
		       " saw number %" PRIu64 ", which is no row",
		       reader->app, reader->chat, seen->number);
}

/* Both ascend. */
static void compare(struct verdict *verdict, const struct reader *reader,
		    const struct rows *rows)
{
	const struct reader_seen *seen = reader->seen;
	uint32_t at = 0, end = reader->seen_count;

	for (uint64_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->all[i];

		while (at < end && seen[at].number < row->number)
			judge_vanished(verdict, reader, &seen[at++]);
		if (at < end && seen[at].number == row->number)
			judge_seen(verdict, reader, &seen[at++], row);
		else
			judge_skipped(verdict, reader, row->number,
				      at < end ? &seen[at] : NULL);
	}
	while (at < end)
		judge_vanished(verdict, reader, &seen[at++]);
}

static void report(const struct verdict *verdict, unsigned count, bool finished)
{
	struct readers_figures figures = readers_figures(verdict->readers);

	report_check(finished && verdict->seen > 0 && verdict->skipped == 0 &&
			     verdict->vanished == 0 &&
			     verdict->different == 0 && verdict->wrong == 0,
		     "forward readers skip nothing",
		     "%u readers saw %" PRIu64 " rows; %" PRIu64
		     " skipped, %" PRIu64 " vanished, %" PRIu64
		     " other texts, %" PRIu64 " wrong answers%s",
		     count, verdict->seen, verdict->skipped, verdict->vanished,
		     verdict->different, verdict->wrong,
		     finished ? "" : "; not all came to the end");
	journal_say("  %" PRIu64 " pages, %" PRIu64 " ended at a hole, %" PRIu64
		    " refused, %" PRIu64 " cut; rows that came where readers "
		    "had waited 60 s: %" PRIu64 ", %" PRIu64
		    " of them promised; texts that gave way: %" PRIu64,
		    figures.requests, figures.at_holes, figures.refused,
		    figures.unanswered, verdict->given_up,
		    verdict->given_up_promised, verdict->gave_way);
}

void check_readers(MYSQL *sql, const struct record *record,
		   const struct readers *readers, bool finished)
{
	struct verdict verdict = { .sql = sql,
				   .record = record,
				   .readers = readers };
	const struct reader *reader;
	unsigned count = 0;

	for (unsigned i = 0; (reader = readers_get(readers, i)); i++) {
		struct rows rows;

		if (reader->source)
			continue;
		count++;
		verdict.wrong += reader->wrong;
		load_rows(&verdict, reader, &rows);
		compare(&verdict, reader, &rows);
		free(rows.all);
	}
	report(&verdict, count, finished);
}
