#include "ctl/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/amqp.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/dead_copies.h"
#include "ctl/dead_rows.h"

/* Ids to one transaction: their rows are locked until the broker has
 * confirmed, so that one that fails again is listed anew, not lost. */
#define CHUNK 64
#define CONFIRM_TIMEOUT_MS 10000

struct replay {
	struct ctl *ctl;
	bool drop;
	struct amqp_link *link;
	struct dead_copies *copies;
	struct dead_row row;
	/* An AMQP message that is being filled: events of one type. */
	struct buf message;
	enum event_type type;
	struct uuid first_id;
	uint64_t handled, skipped;
};

static enum fault publish(struct replay *replay, struct error *error)
{
	char id[UUID_TEXT_SIZE];
	const struct amqp_publication what = {
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(replay->type),
		.content_type = EVENT_CONTENT_TYPE,
		.message_id = id,
		.body = replay->message.data,
		.length = replay->message.length,
	};
	enum fault fault;

	if (replay->message.failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (replay->message.length == 0)
		return FAULT_NONE;
	uuid_format(&replay->first_id, id);
	fault = amqp_link_publish_wait(replay->link, &what, CONFIRM_TIMEOUT_MS,
				       error);
	buf_clear(&replay->message);
	return fault;
}

/* `line` may be NULL: the event is encoded then. */
static enum fault add(struct replay *replay, const struct event *event,
		      const struct buf *line, struct error *error)
{
	size_t more = line != NULL ? line->length : 0;
	enum fault fault = FAULT_NONE;

	if (replay->message.length > 0 &&
	    (replay->type != event->type ||
	     replay->message.length + more > AMQP_MESSAGE_BYTES))
		fault = publish(replay, error);
	if (fault != FAULT_NONE)
		return fault;
	if (replay->message.length == 0)
		replay->first_id = event->id;
	replay->type = event->type;
	if (line != NULL)
		buf_append(&replay->message, line->data, line->length);
	else
		event_encode(event, &replay->message);
	return FAULT_NONE;
}

/* A number that was promised and now has nothing: readers and the allocator
 * must learn that it is spent. As elsewhere, the void has the lost event's
 * id. */
static enum fault add_void(struct replay *replay, const struct event *lost,
			   struct error *error)
{
	struct event event = *lost;

	event.type = lost->type == EVENT_CHAT_CREATED ? EVENT_CHAT_VOIDED
						      : EVENT_MESSAGE_VOIDED;
	event.body = NULL;
	event.body_length = 0;
	event.key = NULL;
	event.key_length = 0;
	return add(replay, &event, NULL, error);
}

static bool loses_number(const struct dead_row *row)
{
	return row->decoded && row->unstored &&
	       (row->event.type == EVENT_CHAT_CREATED ||
		row->event.type == EVENT_MESSAGE_CREATED);
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
	fault = dead_row_delete(replay->ctl->sql, id, error);
	if (fault == FAULT_NONE)
		fault = dead_copies_expect(replay->copies, row->line.data,
					   row->line.length, row->copies,
					   error);
	if (fault == FAULT_NONE && !replay->drop)
		fault = add(replay, &row->event, &row->line, error);
	else if (fault == FAULT_NONE && loses_number(row))
		fault = add_void(replay, &row->event, error);
	replay->handled++;
	return fault;
}

static enum fault handle_chunk(struct replay *replay, const struct uuid *ids,
			       size_t count, struct error *error)
{
	size_t mark = dead_copies_mark(replay->copies);
	uint64_t handled = replay->handled;
	enum fault fault = sql_begin(replay->ctl->sql, error);

	for (size_t i = 0; fault == FAULT_NONE && i < count; i++)
		fault = handle(replay, &ids[i], error);
	if (fault == FAULT_NONE)
		fault = publish(replay, error);
	if (fault == FAULT_NONE)
		fault = sql_commit(replay->ctl->sql, error);
	if (fault != FAULT_NONE) {
		sql_rollback(replay->ctl->sql);
		dead_copies_back_to(replay->copies, mark);
		replay->handled = handled;
	}
	return fault;
}

static enum fault handle_all(struct replay *replay, const struct dead_ids *ids,
			     struct error *error)
{
	struct progress progress;
	enum fault fault = FAULT_NONE;

	progress_start(&progress, replay->drop ? "dropping" : "replaying",
		       ids->count);
	for (size_t i = 0; fault == FAULT_NONE && i < ids->count; i += CHUNK) {
		size_t count = ids->count - i < CHUNK ? ids->count - i : CHUNK;

		fault = handle_chunk(replay, ids->ids + i, count, error);
		progress_update(&progress, replay->handled);
	}
	progress_finish(&progress, replay->handled);
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

static enum fault open_link(struct replay *replay, struct error *error)
{
	enum fault fault = amqp_link_new(replay->ctl->settings->rabbitmq_url,
					 "confabctl", &replay->link, error);

	if (fault == FAULT_NONE)
		fault = amqp_link_confirm_select(replay->link, error);
	replay->copies = dead_copies_new();
	if (fault == FAULT_NONE && replay->copies == NULL)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	return fault;
}

static enum ctl_exit run(struct ctl *ctl, const struct dead_ids *ids, bool drop)
{
	struct replay replay = { .ctl = ctl,
				 .drop = drop,
				 .row = DEAD_ROW_INIT,
				 .message = BUF_INIT };
	struct error error = ERROR_INIT;
	enum fault fault = open_link(&replay, &error);

	if (fault == FAULT_NONE)
		fault = handle_all(&replay, ids, &error);
	if (replay.handled > 0)
		remove_copies(&replay);
	amqp_link_free(&replay.link);
	dead_copies_free(&replay.copies);
	dead_row_release(&replay.row);
	buf_release(&replay.message);
	printf("%s %" PRIu64 " of %zu\n", drop ? "dropped" : "replayed",
	       replay.handled, ids->count);
	if (replay.skipped > 0)
		console_error("%" PRIu64 " are not events of ours and stay; "
			      "they can only be dropped",
			      replay.skipped);
	if (fault != FAULT_NONE)
		console_fault(drop ? "drop" : "replay", &error);
	return fault == FAULT_NONE && replay.skipped == 0 ? CTL_DONE
							  : CTL_FAILED;
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
