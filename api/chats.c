#include <string.h>

#include "api/handlers.h"
#include "api/lists.h"
#include "api/pages.h"
#include "api/parents.h"

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
		       answer_json(&request->answer, MHD_HTTP_OK));
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
	struct buf *body = answer_json(&request->answer, MHD_HTTP_OK);

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
	bool stored;

	run_for_chat(request, worker,
		     "SELECT messages_count FROM chats "
		     "WHERE application_id = ? AND number = ?",
		     render_count);
	/* an accepted chat whose row is not there yet has no messages */
	if (request->answer.status == 0 &&
	    parents_find_chat(request, worker, &stored))
		answer_count(request, 0);
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
		.messages_count = columns[3].as.u64,
	};
	struct buf *out = page_next(page);

	(void)count;
	if (!out)
		return false;
	if (columns[0].as.bytes.length == REQUEST_TOKEN_LENGTH)
		memcpy(token, columns[0].as.bytes.data, REQUEST_TOKEN_LENGTH);
	dialect_render(dialect_system_chat, &record, out);
	page->cursor[0] = columns[1].as.u64;
	page->cursor[1] = columns[2].as.u64;
	return true;
}

void chats_list_all(struct request *request, struct worker *worker)
{
	/* the plain OR form lets both servers walk the primary key */
	static const char statement[] =
		"SELECT a.token, c.application_id, c.number, c.messages_count "
		"FROM chats c JOIN applications a ON a.id = c.application_id "
		"WHERE c.application_id >= ? AND (c.application_id > ? OR "
		"(c.application_id = ? AND c.number > ?)) "
		"ORDER BY c.application_id, c.number LIMIT ?";
	struct error error = ERROR_INIT;
	struct sql_value params[5];
	struct page page;

	if (!page_start_cursor(&page, request, 2))
		return;
	params[0] = params[1] = params[2] = sql_u64(page.cursor[0]);
	params[3] = sql_u64(page.cursor[1]);
	params[4] = sql_u64(page.limit + 1);
	if (sql_run(worker->sql, statement, params, 5, render_system, &page,
		    NULL, &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else
		page_end_cursor(&page);
}
