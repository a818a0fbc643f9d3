#include "api/parents.h"
#include "api/status.h"

#include "api/promised.h"
#include "api/server.h"

static bool read_id(void *context, const struct sql_value *columns,
		    size_t count)
{
	(void)count;
	*(uint64_t *)context = columns[0].as.u64;
	return false;
}

uint64_t parents_known(const struct request *request)
{
	struct server *server = request->server;

	if (numbers_generation(server->numbers) == 0)
		return 0;
	return tokens_find(server->tokens, request->token);
}

bool parents_find(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"SELECT id FROM applications WHERE token = ?";
	struct sql_value token = sql_text(request->token, REQUEST_TOKEN_LENGTH);
	struct tokens *tokens = request->server->tokens;
	struct error error = ERROR_INIT;

	request->application_id = parents_known(request);
	if (request->application_id != 0)
		return true;
	if (sql_run(worker->sql, statement, &token, 1, read_id,
		    &request->application_id, NULL, &error) != FAULT_NONE) {
		worker_sql_failed(request, &error);
		return false;
	}
	if (request->application_id == 0) {
		answer_problem(&request->answer, HTTP_NOT_FOUND,
			       "There is no such application.");
		return false;
	}
	tokens_add(tokens, request->token, request->application_id);
	return true;
}

static void answer_unknown(struct request *request)
{
	answer_unavailable(&request->answer,
			   "It is not stored, and whether it is accepted "
			   "cannot be told now.");
}

/* Nothing will ever come under the number. Without SQL, which was there a
 * moment ago, it may. */
static bool is_void(struct worker *worker, uint64_t application_id,
		    uint64_t chat_number, uint64_t number)
{
	static const char statement[] =
		"SELECT 1 FROM voids WHERE application_id = ? "
		"AND chat_number = ? AND number = ?";
	struct sql_value params[] = { sql_u64(application_id),
				      sql_u64(chat_number), sql_u64(number) };
	struct error ignored = ERROR_INIT;
	uint64_t found = 0;

	return sql_run(worker->sql, statement, params, 3, read_id, &found, NULL,
		       &ignored) == FAULT_NONE &&
	       found == 1;
}

static void answer_missing(struct request *request, bool of_chat, bool accepted)
{
	static const char *const details[2][2] = {
		{ "There is no such message.",
		  "The message is accepted but not stored yet." },
		{ "There is no such chat.",
		  "The chat is accepted but not stored yet." },
	};

	answer_problem(&request->answer, HTTP_NOT_FOUND,
		       details[of_chat][accepted]);
	if (accepted)
		request->answer.retry_after_s = 1;
}

void parents_answer_missing(struct request *request, struct worker *worker,
			    bool of_chat)
{
	uint64_t chat = of_chat ? 0 : request->chat_number;
	uint64_t number = of_chat ? request->chat_number : request->number;

	switch (promised_ask(request, worker, chat, number)) {
	case PROMISED_NO:
		answer_missing(request, of_chat, false);
		break;
	case PROMISED_YES:
		answer_missing(request, of_chat,
			       !is_void(worker, request->application_id, chat,
					number));
		break;
	case PROMISED_UNKNOWN:
		answer_unknown(request);
		break;
	}
}

bool parents_find_chat(struct request *request, struct worker *worker)
{
	static const char statement[] =
		"SELECT 1 FROM chats WHERE application_id = ? AND number = ?";
	struct sql_value params[] = { sql_u64(0),
				      sql_u64(request->chat_number) };
	struct error error = ERROR_INIT;
	uint64_t found = 0;

	if (!parents_find(request, worker))
		return false;
	params[0] = sql_u64(request->application_id);
	if (sql_run(worker->sql, statement, params, 2, read_id, &found, NULL,
		    &error) != FAULT_NONE) {
		worker_sql_failed(request, &error);
		return false;
	}
	if (found == 1)
		return true;
	switch (promised_ask(request, worker, 0, request->chat_number)) {
	case PROMISED_YES:
		return true;
	case PROMISED_NO:
		answer_missing(request, true, false);
		break;
	case PROMISED_UNKNOWN:
		answer_unknown(request);
		break;
	}
	return false;
}

enum fault parents_highest_number(struct sql *sql, uint64_t application_id,
				  uint64_t chat_number, uint64_t *number_r,
				  struct error *error)
{
	/* a chat whose own event was lost may have messages */
	static const char chats[] =
		"SELECT CAST(GREATEST("
		"(SELECT COALESCE(MAX(number), 0) FROM chats "
		"WHERE application_id = ?), "
		"(SELECT COALESCE(MAX(number), 0) FROM voids "
		"WHERE application_id = ? AND chat_number = 0), "
		"(SELECT COALESCE(MAX(number), 0) FROM dead_letters "
		"WHERE application_id = ? AND chat_number = 0), "
		"(SELECT COALESCE(MAX(chat_number), 0) FROM messages "
		"WHERE application_id = ?), "
		"(SELECT COALESCE(MAX(chat_number), 0) FROM voids "
		"WHERE application_id = ?), "
		"(SELECT COALESCE(MAX(chat_number), 0) FROM dead_letters "
		"WHERE application_id = ?)) AS UNSIGNED)";
	static const char messages[] =
		"SELECT CAST(GREATEST("
		"(SELECT COALESCE(MAX(number), 0) FROM messages "
		"WHERE application_id = ? AND chat_number = ?), "
		"(SELECT COALESCE(MAX(number), 0) FROM voids "
		"WHERE application_id = ? AND chat_number = ?), "
		"(SELECT COALESCE(MAX(number), 0) FROM dead_letters "
		"WHERE application_id = ? AND chat_number = ?)) AS UNSIGNED)";
	struct sql_value app = sql_u64(application_id);
	struct sql_value chat = sql_u64(chat_number);
	struct sql_value of_chats[] = { app, app, app, app, app, app };
	struct sql_value of_messages[] = { app, chat, app, chat, app, chat };

	if (chat_number == 0)
		return sql_run(sql, chats, of_chats, 6, read_id, number_r, NULL,
			       error);
	return sql_run(sql, messages, of_messages, 6, read_id, number_r, NULL,
		       error);
}
