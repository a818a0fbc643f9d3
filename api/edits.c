#include <string.h>

#include "api/handlers.h"
#include "api/input.h"
#include "api/parents.h"
#include "api/server.h"
#include "api/status.h"
#include "api/tracing.h"
#include "common/clock.h"
#include "common/utf8.h"

void edits_prepare(struct request *request)
{
	if (!input_text(request, "message", "body"))
		return;
	if (utf8_blank(request->value, request->value_length))
		answer_problem(&request->answer, HTTP_UNPROCESSABLE_CONTENT,
			       "body can't be blank.");
	else if (request->value_length > EVENT_BODY_MAX)
		answer_problem(&request->answer, HTTP_UNPROCESSABLE_CONTENT,
			       "body may have 65535 bytes.");
}

struct edited {
	bool found;
	struct event event;
};

static bool read_edited(void *context, const struct sql_value *columns,
			size_t count)
{
	struct edited *edited = context;

	(void)count;
	edited->found = true;
	edited->event.revision = (uint32_t)columns[0].as.u64 + 1;
	edited->event.created_at_ms = columns[1].as.i64;
	edited->event.generation = (uint32_t)columns[2].as.u64;
	/* of two edits the later one is not older, whatever the clocks say */
	edited->event.at_ms = clock_wall_ms();
	if (edited->event.at_ms < columns[3].as.i64)
		edited->event.at_ms = columns[3].as.i64;
	return false;
}

static enum fault lock_row(struct worker *worker, struct edited *edited,
			   struct error *error)
{
	static const char statement[] =
		"SELECT revision, created_at, generation, updated_at "
		"FROM messages "
		"WHERE application_id = ? AND chat_number = ? AND number = ? "
		"FOR UPDATE";
	struct sql_value params[] = {
		sql_u64(edited->event.application_id),
		sql_u64(edited->event.chat_number),
		sql_u64(edited->event.number),
	};

	return sql_run(worker->sql, statement, params, 3, read_edited, edited,
		       NULL, error);
}

static enum fault update_row(struct worker *worker, const struct event *event,
			     struct error *error)
{
	static const char statement[] =
		"UPDATE messages SET body = ?, revision = ?, updated_at = ? "
		"WHERE application_id = ? AND chat_number = ? AND number = ?";
	struct sql_value params[] = {
		sql_text(event->body, event->body_length),
		sql_u64(event->revision),
		sql_time(event->at_ms),
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_u64(event->number),
	};

	return sql_run(worker->sql, statement, params, 6, NULL, NULL, NULL,
		       error);
}

static enum fault write_outbox(struct worker *worker, const struct event *event,
			       struct error *error)
{
	static const char statement[] =
		"INSERT INTO outbox (routing_key, event, created_at) "
		"VALUES (?, ?, ?)";
	const char *key = event_type_name(event->type);
	struct buf line = BUF_INIT;
	struct sql_value params[3];
	enum fault fault;

	event_encode(event, &line);
	if (line.failed) {
		buf_release(&line);
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	}
	params[0] = sql_text(key, strlen(key));
	params[1] = sql_bytes(line.data, line.length);
	params[2] = sql_time(event->at_ms);
	fault = sql_run(worker->sql, statement, params, 3, NULL, NULL, NULL,
			error);
	buf_release(&line);
	return fault;
}

/* The row and its event, or neither. */
static enum fault edit(struct worker *worker, struct edited *edited,
		       struct error *error)
{
	enum fault fault = sql_begin(worker->sql, error);

	if (fault != FAULT_NONE)
		return fault;
	fault = lock_row(worker, edited, error);
	if (fault == FAULT_NONE && edited->found)
		fault = update_row(worker, &edited->event, error);
	if (fault == FAULT_NONE && edited->found)
		fault = write_outbox(worker, &edited->event, error);
	if (fault == FAULT_NONE)
		return sql_commit(worker->sql, error);
	sql_rollback(worker->sql);
	return fault;
}

static void render_edited(struct request *request, const struct event *event)
{
	struct record record = {
		.number = event->number,
		.body = event->body,
		.body_length = event->body_length,
		.created_at_ms = event->created_at_ms,
		.updated_at_ms = event->at_ms,
	};

	dialect_render(request->dialect->message, &record,
		       answer_json(&request->answer, HTTP_OK));
}

void edits_run(struct request *request, struct worker *worker)
{
	struct edited edited = { .event = {
					 .type = EVENT_MESSAGE_UPDATED,
					 .chat_number = request->chat_number,
					 .number = request->number,
					 .body = request->value,
					 .body_length = request->value_length,
				 } };
	struct error error = ERROR_INIT;
	enum fault fault;

	if (!parents_find(request, worker))
		return;
	edited.event.application_id = request->application_id;
	tracing_mark(request, &edited.event.request_id,
		     &edited.event.traceparent);
	edited.event.request_id_length =
		request->traced ? strlen(request->request_id) : 0;
	if (!uuid_new(clock_wall_ms(), &edited.event.id)) {
		answer_unavailable(&request->answer,
				   "The server has no random numbers.");
		return;
	}
	fault = edit(worker, &edited, &error);
	if (fault == FAULT_UNSURE) {
		answer_unavailable(&request->answer,
				   "The outcome is unknown: the database did "
				   "not answer. The same edit can be sent "
				   "again.");
	} else if (fault != FAULT_NONE) {
		worker_sql_failed(request, &error);
	} else if (!edited.found) {
		parents_answer_missing(request, worker, false);
	} else {
		render_edited(request, &edited.event);
		outbox_wake(request->server->outbox);
	}
}
