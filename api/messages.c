#include <string.h>

#include "api/handlers.h"
#include "api/input.h"
#include "api/lists.h"
#include "api/pages.h"
#include "api/parents.h"
#include "api/server.h"
#include "common/clock.h"
#include "common/utf8.h"

/* ---- reading ---- */

static struct record record_of(const struct sql_value *columns)
{
	return (struct record){
		.number = columns[0].as.u64,
		.body = columns[1].as.bytes.data,
		.body_length = columns[1].as.bytes.length,
		.created_at_ms = columns[2].as.i64,
		.updated_at_ms = columns[3].as.i64,
	};
}

static void render_listed(struct list *list, const struct sql_value *columns,
			  struct buf *out)
{
	struct record record = record_of(columns);

	dialect_render(list->page.request->dialect->message, &record, out);
}

#define MESSAGES                                                               \
	"SELECT number, body, created_at, updated_at FROM messages "           \
	"WHERE application_id = ? AND chat_number = ? "                        \
	"AND number > ? AND number < ? "

static void list_rows(struct request *request, struct worker *worker)
{
	struct list list = {
		.ascending = MESSAGES "ORDER BY number LIMIT ?",
		.descending = MESSAGES "ORDER BY number DESC LIMIT ?",
		.render = render_listed,
	};
	bool stored;

	if (!page_start(&list.page, request) ||
	    !parents_find_chat(request, worker, &stored))
		return;
	list.application_id = request->application_id;
	list.chat_number = request->chat_number;
	lists_run(&list, worker);
}

/* Where a dialect's list and search are one, the text decides. */
void messages_list(struct request *request, struct worker *worker)
{
	if (request->dialect->messages_take_query && search_has_text(request))
		search_chat(request, worker);
	else
		list_rows(request, worker);
}

void messages_search(struct request *request, struct worker *worker)
{
	if (request->dialect->messages_take_query && !search_has_text(request))
		list_rows(request, worker);
	else
		search_chat(request, worker);
}

static bool render_one(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct request *request = context;
	struct record record = record_of(columns);

	(void)count;
	dialect_render(request->dialect->message, &record,
		       answer_json(&request->answer, MHD_HTTP_OK));
	return false;
}

void messages_show(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"SELECT number, body, created_at, updated_at FROM messages "
		"WHERE application_id = ? AND chat_number = ? AND number = ?";
	struct sql_value params[] = { sql_u64(0), sql_u64(request->chat_number),
				      sql_u64(request->number) };
	struct error error = ERROR_INIT;

	if (!parents_find(request, worker))
		return;
	params[0] = sql_u64(request->application_id);
	if (sql_run(worker->sql, statement, params, 3, render_one, request,
		    NULL, &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else if (request->answer.status == 0)
		parents_answer_missing(request, worker, false);
}

/* ---- editing ---- */

void messages_prepare_edit(struct request *request)
{
	if (!input_text(request, "message", "body"))
		return;
	if (utf8_blank(request->value, request->value_length))
		answer_problem(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT,
			       "body can't be blank.");
	else if (request->value_length > EVENT_BODY_MAX)
		answer_problem(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT,
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
	return false;
}

static enum fault lock_row(struct worker *worker, struct edited *edited,
			   struct error *error)
{
	static const char statement[] =
		"SELECT revision, created_at, generation FROM messages "
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
		       answer_json(&request->answer, MHD_HTTP_OK));
}

void messages_edit(struct request *request, struct worker *worker)
{
	struct edited edited = { .event = {
					 .type = EVENT_MESSAGE_UPDATED,
					 .chat_number = request->chat_number,
					 .number = request->number,
					 .at_ms = clock_wall_ms(),
					 .body = request->value,
					 .body_length = request->value_length,
				 } };
	struct error error = ERROR_INIT;

	if (!parents_find(request, worker))
		return;
	edited.event.application_id = request->application_id;
	if (!uuid_new(edited.event.at_ms, &edited.event.id)) {
		answer_unavailable(&request->answer,
				   "The server has no random numbers.");
	} else if (edit(worker, &edited, &error) != FAULT_NONE) {
		worker_sql_failed(request, &error);
	} else if (!edited.found) {
		parents_answer_missing(request, worker, false);
	} else {
		render_edited(request, &edited.event);
		outbox_wake(request->server->outbox);
	}
}

/* ---- every tenant's ---- */

static bool render_system(void *context, const struct sql_value *columns,
			  size_t count)
{
	struct page *page = context;
	char token[REQUEST_TOKEN_LENGTH + 1] = "";
	struct record record = {
		.token = token,
		.chat_number = columns[2].as.u64,
		.number = columns[3].as.u64,
		.body = columns[4].as.bytes.data,
		.body_length = columns[4].as.bytes.length,
	};
	struct buf *out = page_next(page);

	(void)count;
	if (!out)
		return false;
	if (columns[0].as.bytes.length == REQUEST_TOKEN_LENGTH)
		memcpy(token, columns[0].as.bytes.data, REQUEST_TOKEN_LENGTH);
	dialect_render(dialect_system_message, &record, out);
	for (int i = 0; i < 3; i++)
		page->cursor[i] = columns[1 + i].as.u64;
	return true;
}

void messages_list_all(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"SELECT a.token, m.application_id, m.chat_number, m.number, "
		"m.body FROM messages m "
		"JOIN applications a ON a.id = m.application_id "
		"WHERE m.application_id >= ? AND (m.application_id > ? OR "
		"(m.application_id = ? AND (m.chat_number > ? OR "
		"(m.chat_number = ? AND m.number > ?)))) "
		"ORDER BY m.application_id, m.chat_number, m.number LIMIT ?";
	struct error error = ERROR_INIT;
	struct sql_value params[7];
	struct page page;

	if (!page_start_cursor(&page, request, 3))
		return;
	params[0] = params[1] = params[2] = sql_u64(page.cursor[0]);
	params[3] = params[4] = sql_u64(page.cursor[1]);
	params[5] = sql_u64(page.cursor[2]);
	params[6] = sql_u64(page.limit + 1);
	if (sql_run(worker->sql, statement, params, 7, render_system, &page,
		    NULL, &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else
		page_end_cursor(&page);
}
