#include "ctl/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/awaited.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/dead_copies.h"
#include "ctl/dead_numbers.h"
#include "ctl/dead_rows.h"
#include "ctl/progress_bar.h"
#include "ctl/publisher.h"
#include "ctl/query.h"

/* Ids to one transaction: their rows are locked until the broker has
 * confirmed, so that one that fails again is listed anew, not lost. */
#define CHUNK 64

static const char GENERATION_SQL[] =
	"SELECT generation FROM numbering WHERE id = 1";

struct replay {
	struct ctl *ctl;
	bool drop;
	struct publisher publisher;
	struct dead_copies *copies;
	struct awaited *awaited;
	struct dead_row row;
	uint64_t generation; /* of the numbers, for voids */
	uint64_t handled, skipped;
	struct awaited_outcome outcome;
};

/* A number that was promised and now has nothing. The allocator learns that it
 * is spent in the transaction that deletes the letter, all others by an event.
 * As elsewhere, the void has the lost event's id; it is of today's generation,
 * since persisters store no late ones. */
static enum fault add_void(struct replay *replay, const struct dead_row *row,
			   struct error *error)
{
	struct event event = row->event;
	enum fault fault = dead_row_give_up(replay->ctl->sql, row, error);

	if (fault != FAULT_NONE)
		return fault;
	if (replay->generation > event.generation)
		event.generation = (uint32_t)replay->generation;
	event.type = event.type == EVENT_CHAT_CREATED ? EVENT_CHAT_VOIDED
						      : EVENT_MESSAGE_VOIDED;
	event.body = NULL;
	event.body_length = 0;
	event.key = NULL;
	event.key_length = 0;
	return publisher_add(&replay->publisher, &event, NULL, error);
}

static enum fault drop(struct replay *replay, const struct dead_row *row,
		       struct error *error)
{
	enum fault fault = dead_row_delete(replay->ctl->sql, &row->id, error);

	if (fault == FAULT_NONE)
		fault = dead_copies_expect(replay->copies, row->line.data,
					   row->line.length, row->copies,
					   error);
	if (fault == FAULT_NONE && row->unstored && dead_row_holds_number(row))
		fault = add_void(replay, row, error);
	return fault;
}

/* A letter that holds a number stays until its row is there. */
static enum fault await_row(struct replay *replay, const struct dead_row *row,
			    bool *stored_r, struct error *error)
{
	enum fault fault =
		dead_row_is_stored(replay->ctl->sql, row, stored_r, error);

	if (fault != FAULT_NONE)
		return fault;
	if (*stored_r)
		return dead_row_settle(replay->ctl->sql, row, replay->copies,
				       error);
	return awaited_add(replay->awaited, row, error);
}

static enum fault publish_again(struct replay *replay,
				const struct dead_row *row, struct error *error)
{
	bool stored = false;
	enum fault fault = FAULT_NONE;
	uint64_t copies = row->copies;

	if (dead_row_holds_number(row)) {
		copies -= row->persist_times;
		fault = await_row(replay, row, &stored, error);
		if (fault != FAULT_NONE || (stored && copies == 0))
			return fault;
		fault = dead_row_delete_others(replay->ctl->sql, &row->id,
					       error);
	} else {
		fault = dead_row_delete(replay->ctl->sql, &row->id, error);
	}
	if (fault == FAULT_NONE && copies > 0)
		fault = dead_copies_expect(replay->copies, row->line.data,
					   row->line.length, copies, error);
	if (fault == FAULT_NONE)
		fault = publisher_add(&replay->publisher, &row->event,
				      &row->line, error);
	return fault;
}

static enum fault handle(struct replay *replay, const struct uuid *id,
			 struct error *error)
{
	struct dead_row *row = &replay->row;
	enum fault fault = dead_row_read(replay->ctl->sql, id, row, error);

	if (fault != FAULT_NONE || !row->found)
		return fault;
	if (!replay->drop && !row->decoded) {
		replay->skipped++;
		return FAULT_NONE;
	}
	fault = replay->drop ? drop(replay, row, error)
			     : publish_again(replay, row, error);
	replay->handled++;
	return fault;
}

static enum fault note_chunk(struct replay *replay, const struct uuid *ids,
			     size_t count, struct error *error)
{
	struct sql *sql = replay->ctl->sql;
	enum fault fault = sql_begin(sql, error);

	for (size_t i = 0; fault == FAULT_NONE && i < count; i++)
		fault = dead_row_note_replay(sql, &ids[i], error);
	if (fault == FAULT_NONE)
		return sql_commit(sql, error);
	sql_rollback(sql);
	return fault;
}

static enum fault handle_chunk(struct replay *replay, const struct uuid *ids,
			       size_t count, struct error *error)
{
	size_t copies = dead_copies_mark(replay->copies);
	size_t awaited = awaited_mark(replay->awaited);
	uint64_t handled = replay->handled;
	enum fault fault = sql_begin(replay->ctl->sql, error);

	for (size_t i = 0; fault == FAULT_NONE && i < count; i++)
		fault = handle(replay, &ids[i], error);
	if (fault == FAULT_NONE)
		fault = publisher_flush(&replay->publisher, error);
	if (fault == FAULT_NONE)
		fault = sql_commit(replay->ctl->sql, error);
	if (fault != FAULT_NONE) {
		sql_rollback(replay->ctl->sql);
		dead_copies_back_to(replay->copies, copies);
		awaited_back_to(replay->awaited, awaited);
		replay->handled = handled;
	}
	return fault;
}

static enum fault handle_all(struct replay *replay, const struct dead_ids *ids,
			     struct error *error)
{
	struct progress_bar progress;
	enum fault fault = FAULT_NONE;

	progress_bar_start(&progress, replay->drop ? "dropping" : "replaying",
			   ids->count);
	for (size_t i = 0; fault == FAULT_NONE && i < ids->count; i += CHUNK) {
		size_t count = ids->count - i < CHUNK ? ids->count - i : CHUNK;

		if (!replay->drop)
			fault = note_chunk(replay, ids->ids + i, count, error);
		if (fault == FAULT_NONE)
			fault = handle_chunk(replay, ids->ids + i, count,
					     error);
		progress_bar_update(&progress, replay->handled);
	}
	progress_bar_finish(&progress, replay->handled);
	return fault;
}

/* What was handled is out of the table by now; its copies follow. */
static void remove_copies(struct replay *replay)
{
	struct error error = ERROR_INIT;
	uint64_t removed = 0;

	if (dead_copies_remove(replay->copies,
			       replay->ctl->settings->rabbitmq_url, &removed,
			       &error) != FAULT_NONE)
		console_fault("take the copies out of the queue", &error);
}

static enum fault open_all(struct replay *replay, struct error *error)
{
	replay->copies = dead_copies_new();
	replay->awaited = awaited_new();
	if (replay->copies == NULL || replay->awaited == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	return publisher_open(&replay->publisher,
			      replay->ctl->settings->rabbitmq_url, error);
}

static const char *done_name(const struct replay *replay)
{
	return replay->drop ? "dropped" : "replayed";
}

static void set_result(const struct replay *replay, size_t count)
{
	ctl_set_result(replay->ctl,
		       "{\"selected\":%zu,\"%s\":%" PRIu64
		       ",\"refused\":%" PRIu64 ",\"waiting\":%" PRIu64
		       ",\"skipped\":%" PRIu64 "}",
		       count, done_name(replay), replay->handled,
		       replay->outcome.refused, replay->outcome.waiting,
		       replay->skipped);
}

/* Says what became of them. False: it is not done. */
static bool report(const struct replay *replay, size_t count)
{
	const struct awaited_outcome *outcome = &replay->outcome;

	printf("%s %" PRIu64 " of %zu\n", done_name(replay), replay->handled,
	       count);
	set_result(replay, count);
	if (outcome->refused > 0)
		console_error("%" PRIu64 " were refused again and stay",
			      outcome->refused);
	if (outcome->waiting > 0)
		console_error("%" PRIu64 " wait for a persister to store them "
			      "and stay until then; replay again to take them "
			      "off the list",
			      outcome->waiting);
	if (replay->skipped > 0)
		console_error("%" PRIu64 " are not events of ours and stay; "
			      "they can only be dropped",
			      replay->skipped);
	return replay->skipped == 0 && outcome->waiting == 0;
}

static enum fault do_all(struct replay *replay, const struct dead_ids *ids,
			 struct error *error)
{
	enum fault fault = open_all(replay, error);

	if (fault == FAULT_NONE)
		fault = query_u64(replay->ctl->sql, GENERATION_SQL, NULL, 0,
				  &replay->generation, error);
	if (fault == FAULT_NONE)
		fault = handle_all(replay, ids, error);
	if (fault == FAULT_NONE)
		fault = awaited_settle(replay->awaited, replay->ctl->sql,
				       replay->copies, &replay->outcome, error);
	return fault;
}

static enum ctl_exit run(struct ctl *ctl, const struct dead_ids *ids, bool drop)
{
	struct replay replay = { .ctl = ctl,
				 .drop = drop,
				 .publisher = PUBLISHER_INIT,
				 .row = DEAD_ROW_INIT };
	struct error error = ERROR_INIT;
	enum fault fault = do_all(&replay, ids, &error);
	bool done;

	if (replay.handled > 0)
		remove_copies(&replay);
	publisher_close(&replay.publisher);
	dead_copies_free(&replay.copies);
	awaited_free(&replay.awaited);
	dead_row_release(&replay.row);
	done = report(&replay, ids->count);
	if (fault != FAULT_NONE)
		console_fault(drop ? "drop" : "replay", &error);
	return fault == FAULT_NONE && done ? CTL_DONE : CTL_FAILED;
}

/* The ids that the command line means. False: a sentence was printed, and the
 * exit code is in *code_r. */
static bool select_ids(struct ctl *ctl, struct dead_ids *ids,
		       enum ctl_exit *code_r)
{
	const char *text = ctl->command.argument;
	struct error error = ERROR_INIT;
	struct uuid id;

	*ids = (struct dead_ids){ NULL, 0, 0 };
	if (text != NULL && !uuid_parse(text, strlen(text), &id)) {
		console_error("%s is not the id of a dead letter", text);
		*code_r = CTL_USAGE;
		return false;
	}
	*code_r = CTL_FAILED;
	if (dead_ids_read(ctl->sql, text != NULL ? &id : NULL, ids, &error) !=
	    FAULT_NONE) {
		console_fault("read the dead letters", &error);
		return false;
	}
	if (ids->count > 0)
		return true;
	if (text == NULL)
		*code_r = CTL_DONE;
	console_error(text != NULL ? "there is no dead letter %s"
				   : "there are no dead letters%s",
		      text != NULL ? text : "");
	return false;
}

static enum ctl_exit run_selected(struct ctl *ctl, bool drop)
{
	const struct replay none = { .ctl = ctl, .drop = drop };
	struct dead_ids ids;
	enum ctl_exit code;

	if (select_ids(ctl, &ids, &code)) {
		char question[80];

		snprintf(question, sizeof(question),
			 "This deletes %zu dead letter%s for good.", ids.count,
			 ids.count == 1 ? "" : "s");
		code = drop ? ctl_confirm(ctl, question) : CTL_DONE;
		if (code == CTL_DONE)
			code = run(ctl, &ids, drop);
	} else if (code == CTL_DONE) {
		set_result(&none, 0);
	}
	dead_ids_release(&ids);
	return code;
}

enum ctl_exit replay_run(struct ctl *ctl)
{
	return run_selected(ctl, false);
}

enum ctl_exit replay_drop(struct ctl *ctl)
{
	return run_selected(ctl, true);
}
