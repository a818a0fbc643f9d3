#include "api/handlers.h"
#include "api/lists.h"
#include "api/lookup.h"
#include "api/pages.h"
#include "api/parents.h"
#include "api/status.h"
#include "api/system_lists.h"

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
		.rows_at_once = PAGE_TEXT_ROWS,
		.render = render_listed,
	};

	if (!page_start(&list.page, request) || !parents_find(request, worker))
		return;
	list.application_id = request->application_id;
	list.chat_number = request->chat_number;
	lists_run(&list, worker);
	/* a chat with messages is there; only an empty page leaves it open */
	if (request->answer.status == HTTP_OK && list.page.count == 0 &&
	    !list.at_hole)
		(void)!parents_find_chat(request, worker);
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
		       answer_json(&request->answer, HTTP_OK));
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

/* ---- many in a statement ---- */

static void lookup_key(const struct request *request, struct sql_value *params)
{
	params[0] = sql_u64(request->application_id);
	params[1] = sql_u64(request->chat_number);
	params[2] = sql_u64(request->number);
}

static bool is_its_row(const struct request *request,
		       const struct sql_value *columns)
{
	return columns[0].as.u64 == request->number &&
	       columns[4].as.u64 == request->chat_number &&
	       columns[5].as.u64 == request->application_id;
}

static void render_found(struct request *request,
			 const struct sql_value *columns)
{
	(void)render_one(request, columns, 4);
}

const struct lookup messages_lookup = {
	.statements = LOOKUP_STATEMENTS(
		"SELECT number, body, created_at, updated_at, chat_number, "
		"application_id FROM messages WHERE ",
		"(application_id = ? AND chat_number = ? AND number = ?)"),
	.params = 3,
	.key = lookup_key,
	.is = is_its_row,
	.render = render_found,
};

/* ---- every tenant's ---- */

static struct record system_record_of(const struct sql_value *columns,
				      char token[REQUEST_TOKEN_LENGTH + 1])
{
	system_lists_copy_token(&columns[3], token);
	return (struct record){
		.token = token,
		.chat_number = columns[1].as.u64,
		.number = columns[2].as.u64,
		.body = columns[4].as.bytes.data,
		.body_length = columns[4].as.bytes.length,
	};
}

void messages_list_all(struct request *request, struct worker *worker)
{
	static const struct system_list list = {
		.statement =
			"SELECT m.application_id, m.chat_number, m.number, "
			"a.token, m.body FROM messages m "
			"STRAIGHT_JOIN applications a "
			"ON a.id = m.application_id "
			"WHERE m.application_id > ? OR (m.application_id = ? "
			"AND (m.chat_number > ? OR (m.chat_number = ? "
			"AND m.number > ?))) ORDER BY m.application_id, "
			"m.chat_number, m.number LIMIT ?",
		.name = "messages",
		.rows_at_once = PAGE_TEXT_ROWS,
		.parts = 3,
		.shape = dialect_system_message,
		.record_of = system_record_of,
	};

	system_lists_run(request, worker, &list);
}
