#include "api/handlers.h"
#include "api/lists.h"
#include "api/lookup.h"
#include "api/pages.h"
#include "api/parents.h"
#include "api/status.h"
#include "api/system_lists.h"

static void render_listed(struct list *list, const struct sql_value *columns,
			  struct buf *out)
{
	struct record record = {
		.number = columns[0].as.u64,
		.messages_count = columns[1].as.u64,
		.created_at_ms = columns[2].as.i64,
	};

	dialect_render(list->page.request->dialect->chat_listed, &record, out);
}

#define CHATS                                                                  \
	"SELECT number, messages_count, created_at FROM chats "                \
	"WHERE application_id = ? AND number > ? AND number < ? "

void chats_list(struct request *request, struct worker *worker)
{
	struct list list = {
		.ascending = CHATS "ORDER BY number LIMIT ?",
		.descending = CHATS "ORDER BY number DESC LIMIT ?",
		.rows_at_once = PAGE_LIMIT_MAX + 1,
		.render = render_listed,
	};

	if (!page_start(&list.page, request) || !parents_find(request, worker))
		return;
	list.application_id = request->application_id;
	lists_run(&list, worker);
}

/* Runs a statement for one chat; leaves the answer to `row`. */
static void run_for_chat(struct request *request, struct worker *worker,
			 const char *statement, sql_row_fn *row)
{
	struct sql_value params[2] = { sql_u64(0),
				       sql_u64(request->chat_number) };
	struct error error = ERROR_INIT;

	if (!parents_find(request, worker))
		return;
	params[0] = sql_u64(request->application_id);
	if (sql_run(worker->sql, statement, params, 2, row, request, NULL,
		    &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
}

static bool render_one(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct request *request = context;
	struct record record = {
		.number = request->chat_number,
		.messages_count = columns[0].as.u64,
		.created_at_ms = columns[1].as.i64,
	};

	(void)count;
	dialect_render(request->dialect->chat, &record,
		       answer_json(&request->answer, HTTP_OK));
	return false;
}

void chats_show(struct request *request, struct worker *worker)
{
	run_for_chat(request, worker,
		     "SELECT messages_count, created_at FROM chats "
		     "WHERE application_id = ? AND number = ?",
		     render_one);
	if (request->answer.status == 0)
		parents_answer_missing(request, worker, true);
}

static void answer_count(struct request *request, uint64_t messages)
{
	struct buf *body = answer_json(&request->answer, HTTP_OK);

	buf_append_text(body, "{\"message_count\":");
	buf_append_u64(body, messages);
	buf_append_char(body, '}');
}

static bool render_count(void *context, const struct sql_value *columns,
			 size_t count)
{
	(void)count;
	answer_count(context, columns[0].as.u64);
	return false;
}

void chats_message_count(struct request *request, struct worker *worker)
{
	run_for_chat(request, worker,
		     "SELECT messages_count FROM chats "
		     "WHERE application_id = ? AND number = ?",
		     render_count);
	/* an accepted chat whose row is not there yet has no messages */
	if (request->answer.status == 0 && parents_find_chat(request, worker))
		answer_count(request, 0);
}

/* ---- many in a statement ---- */

static void lookup_key(const struct request *request, struct sql_value *params)
{
	params[0] = sql_u64(request->application_id);
	params[1] = sql_u64(request->chat_number);
}

static bool is_its_row(const struct request *request,
		       const struct sql_value *columns)
{
	return columns[2].as.u64 == request->chat_number &&
	       columns[3].as.u64 == request->application_id;
}

static void render_found(struct request *request,
			 const struct sql_value *columns)
{
	(void)render_one(request, columns, 2);
}

const struct lookup chats_lookup = {
	.statements = LOOKUP_STATEMENTS(
		"SELECT messages_count, created_at, number, application_id "
		"FROM chats WHERE ",
		"(application_id = ? AND number = ?)"),
	.params = 2,
	.key = lookup_key,
	.is = is_its_row,
	.render = render_found,
};

/* ---- every tenant's ---- */

static struct record system_record_of(const struct sql_value *columns,
				      char token[REQUEST_TOKEN_LENGTH + 1])
{
	system_lists_copy_token(&columns[2], token);
	return (struct record){
		.token = token,
		.chat_number = columns[1].as.u64,
		.messages_count = columns[3].as.u64,
	};
}

void chats_list_all(struct request *request, struct worker *worker)
{
	static const struct system_list list = {
		.statement =
			"SELECT c.application_id, c.number, a.token, "
			"c.messages_count FROM chats c "
			"STRAIGHT_JOIN applications a "
			"ON a.id = c.application_id "
			"WHERE c.application_id > ? OR (c.application_id = ? "
			"AND c.number > ?) "
			"ORDER BY c.application_id, c.number LIMIT ?",
		.name = "chats",
		.rows_at_once = PAGE_LIMIT_MAX + 1,
		.parts = 2,
		.shape = dialect_system_chat,
		.record_of = system_record_of,
	};

	system_lists_run(request, worker, &list);
}
