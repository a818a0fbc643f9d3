#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/input.h"
#include "api/lookup.h"
#include "api/server.h"
#include "api/status.h"
#include "api/system_lists.h"
#include "common/clock.h"
#include "common/utf8.h"

#define NAME_MAX_CHARACTERS 255u
#define TOKEN_TRIES 3
#define ER_DUP_ENTRY 1062

void applications_prepare(struct request *request)
{
	if (!input_text(request, request->dialect->wrapper, "name"))
		return;
	if (utf8_blank(request->value, request->value_length))
		answer_problem(&request->answer, HTTP_UNPROCESSABLE_CONTENT,
			       "name can't be blank.");
	else if (utf8_count(request->value, request->value_length) >
		 NAME_MAX_CHARACTERS)
		answer_problem(&request->answer, HTTP_UNPROCESSABLE_CONTENT,
			       "name may have 255 characters.");
}

static void render_new(struct request *request, const char *token,
		       int64_t now_ms)
{
	struct record record = {
		.token = token,
		.name = request->value,
		.name_length = request->value_length,
		.created_at_ms = now_ms,
		.updated_at_ms = now_ms,
	};

	dialect_render(request->dialect->application_created, &record,
		       answer_json(&request->answer, HTTP_CREATED));
	snprintf(request->answer.location, sizeof(request->answer.location),
		 "%s/%s", request->dialect->prefix, token);
}

void applications_create(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"INSERT INTO applications (token, name, created_at, "
		"updated_at) VALUES (?, ?, ?, ?)";
	int64_t now_ms = clock_wall_ms();
	struct error error = ERROR_INIT;
	struct sql_result result;

	/* a token that is taken already is drawn again */
	for (int i = 0; i < TOKEN_TRIES; i++) {
		char token[REQUEST_TOKEN_LENGTH + 1];
		struct sql_value params[] = {
			sql_text(token, REQUEST_TOKEN_LENGTH),
			sql_text(request->value, request->value_length),
			sql_time(now_ms),
			sql_time(now_ms),
		};

		if (!tokens_draw(token))
			break;
		if (sql_run(worker->sql, statement, params, 4, NULL, NULL,
			    &result, &error) == FAULT_NONE) {
			tokens_add(request->server->tokens, token,
				   result.insert_id);
			render_new(request, token, now_ms);
			return;
		}
		if (error.code != ER_DUP_ENTRY)
			break;
	}
	worker_sql_failed(request, &error);
}

#define APPLICATION_COLUMNS                                                    \
	"token, name, chats_count, messages_count, created_at, updated_at"

/* Of the columns above; the texts stay theirs. */
static struct record record_of(const struct sql_value *columns,
			       char token[REQUEST_TOKEN_LENGTH + 1])
{
	struct record record = {
		.token = token,
		.name = columns[1].as.bytes.data,
		.name_length = columns[1].as.bytes.length,
		.chats_count = columns[2].as.u64,
		.messages_count = columns[3].as.u64,
		.created_at_ms = columns[4].as.i64,
		.updated_at_ms = columns[5].as.i64,
	};

	system_lists_copy_token(&columns[0], token);
	return record;
}

static bool render_one(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct request *request = context;
	char token[REQUEST_TOKEN_LENGTH + 1];
	struct record record = record_of(columns, token);

	(void)count;
	dialect_render(request->dialect->application, &record,
		       answer_json(&request->answer, HTTP_OK));
	return false;
}

void applications_show(struct request *request, struct worker *worker)
{
	static const char statement[] = "SELECT " APPLICATION_COLUMNS
					" FROM applications WHERE token = ?";
	struct sql_value token = sql_text(request->token, REQUEST_TOKEN_LENGTH);
	struct error error = ERROR_INIT;

	if (sql_run(worker->sql, statement, &token, 1, render_one, request,
		    NULL, &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else if (request->answer.status == 0)
		answer_problem(&request->answer, HTTP_NOT_FOUND,
			       "There is no such application.");
}

/* ---- many in a statement ---- */

static void lookup_key(const struct request *request, struct sql_value *params)
{
	params[0] = sql_text(request->token, REQUEST_TOKEN_LENGTH);
}

static bool is_its_row(const struct request *request,
		       const struct sql_value *columns)
{
	return columns[0].as.bytes.length == REQUEST_TOKEN_LENGTH &&
	       memcmp(columns[0].as.bytes.data, request->token,
		      REQUEST_TOKEN_LENGTH) == 0;
}

static void render_found(struct request *request,
			 const struct sql_value *columns)
{
	(void)render_one(request, columns, 6);
}

const struct lookup applications_lookup = {
	.statements = LOOKUP_STATEMENTS("SELECT " APPLICATION_COLUMNS
					" FROM applications WHERE ",
					"token = ?"),
	.by_token = true,
	.params = 1,
	.key = lookup_key,
	.is = is_its_row,
	.render = render_found,
};

/* ---- changes ---- */

void applications_rename(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"UPDATE applications SET name = ?, updated_at = ? "
		"WHERE token = ?";
	struct sql_value params[] = {
		sql_text(request->value, request->value_length),
		sql_time(clock_wall_ms()),
		sql_text(request->token, REQUEST_TOKEN_LENGTH),
	};
	struct error error = ERROR_INIT;

	if (sql_run(worker->sql, statement, params, 3, NULL, NULL, NULL,
		    &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else
		applications_show(request, worker);
}

static bool render_message_count(void *context, const struct sql_value *columns,
				 size_t count)
{
	struct request *request = context;
	struct buf *body = answer_json(&request->answer, HTTP_OK);

	(void)count;
	buf_append_text(body, "{\"message_count\":");
	buf_append_u64(body, columns[0].as.u64);
	buf_append_char(body, '}');
	return false;
}

void applications_message_count(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"SELECT messages_count FROM applications WHERE token = ?";
	struct sql_value token = sql_text(request->token, REQUEST_TOKEN_LENGTH);
	struct error error = ERROR_INIT;

	if (sql_run(worker->sql, statement, &token, 1, render_message_count,
		    request, NULL, &error) != FAULT_NONE)
		worker_sql_failed(request, &error);
	else if (request->answer.status == 0)
		answer_problem(&request->answer, HTTP_NOT_FOUND,
			       "There is no such application.");
}

/* ---- every tenant's ---- */

static struct record listed_record_of(const struct sql_value *columns,
				      char token[REQUEST_TOKEN_LENGTH + 1])
{
	return record_of(columns + 1, token);
}

void applications_list(struct request *request, struct worker *worker)
{
	static const struct system_list list = {
		.statement = "SELECT id, " APPLICATION_COLUMNS
			     " FROM applications WHERE id > ? "
			     "ORDER BY id LIMIT ?",
		.name = "applications",
		.rows_at_once = PAGE_LIMIT_MAX + 1,
		.parts = 1,
		.record_of = listed_record_of,
	};

	system_lists_run(request, worker, &list);
}
