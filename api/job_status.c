#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/jobs.h"
#include "api/server.h"
#include "common/clock.h"
#include "common/json.h"

#define ENGINE_TIMEOUT_MS 800

struct status {
	struct job job;
	bool stored, indexed, failed;
	char token[REQUEST_TOKEN_LENGTH + 1];
	char reason[400];
};

static bool read_flag(void *context, const struct sql_value *columns,
		      size_t count)
{
	(void)columns;
	(void)count;
	*(bool *)context = true;
	return false;
}

static bool read_token(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct status *status = context;

	(void)count;
	if (columns[0].as.bytes.length == REQUEST_TOKEN_LENGTH)
		memcpy(status->token, columns[0].as.bytes.data,
		       REQUEST_TOKEN_LENGTH);
	return false;
}

static bool read_failure(void *context, const struct sql_value *columns,
			 size_t count)
{
	struct status *status = context;

	(void)count;
	status->failed = true;
	snprintf(status->reason, sizeof(status->reason), "%.*s: %.*s",
		 (int)columns[0].as.bytes.length, columns[0].as.bytes.data,
		 (int)columns[1].as.bytes.length, columns[1].as.bytes.data);
	return false;
}

static enum fault read_row(struct status *status, struct sql *sql,
			   struct error *error)
{
	static const char chat[] = "SELECT 1 FROM chats "
				   "WHERE application_id = ? AND number = ?";
	static const char message[] =
		"SELECT 1 FROM messages WHERE application_id = ? "
		"AND chat_number = ? AND number = ?";
	const struct job *job = &status->job;
	struct sql_value params[3] = { sql_u64(job->application_id) };
	size_t count = 1;

	if (job->chat_number)
		params[count++] = sql_u64(job->chat_number);
	params[count++] = sql_u64(job->number);
	return sql_run(sql, job->chat_number ? message : chat, params, count,
		       read_flag, &status->stored, NULL, error);
}

static enum fault read_all(struct status *status, struct sql *sql,
			   struct error *error)
{
	static const char token[] =
		"SELECT token FROM applications WHERE id = ?";
	static const char letter[] =
		"SELECT reason, detail FROM dead_letters "
		"WHERE application_id = ? AND chat_number = ? AND number = ? "
		"AND type IN ('chat.created', 'message.created') "
		"AND queue <> 'confab.count' LIMIT 1";
	const struct job *job = &status->job;
	struct sql_value params[] = { sql_u64(job->application_id),
				      sql_u64(job->chat_number),
				      sql_u64(job->number) };
	enum fault fault =
		sql_run(sql, token, params, 1, read_token, status, NULL, error);

	if (fault == FAULT_NONE)
		fault = read_row(status, sql, error);
	if (fault == FAULT_NONE)
		fault = sql_run(sql, letter, params, 3, read_failure, status,
				NULL, error);
	return fault;
}

/* Is the message's document in the index? An engine that does not answer
 * leaves it at no. */
static bool indexed(const struct job *job, struct worker *worker)
{
	struct elastic_answer answer;
	char path[160];

	if (!worker->elastic || job->chat_number == 0 ||
	    !health_engine(worker->server->health))
		return false;
	snprintf(path, sizeof(path),
		 "/" ELASTIC_ALIAS "/_doc/%" PRIu64 "-%" PRIu64 "-%" PRIu64
		 "?routing=%" PRIu64 "&_source=false",
		 job->application_id, job->chat_number, job->number,
		 job->application_id);
	return elastic_request(worker->elastic, "GET", path, NULL, 0, NULL,
			       ENGINE_TIMEOUT_MS, &answer,
			       NULL) == FAULT_NONE &&
	       answer.status == 200;
}

static const char *status_word(const struct status *status)
{
	if (status->failed)
		return "failed";
	if (status->indexed)
		return "indexed";
	return status->stored ? "stored" : "queued";
}

static void render(struct request *request, const struct status *status)
{
	const struct job *job = &status->job;
	struct buf *body = answer_json(&request->answer, MHD_HTTP_OK);

	buf_append_text(body, "{\"job_id\":");
	json_append_string(body, request->job_id, strlen(request->job_id));
	buf_printf(body, ",\"type\":\"%s\",\"status\":\"%s\"",
		   event_type_name(job->chat_number ? EVENT_MESSAGE_CREATED
						    : EVENT_CHAT_CREATED),
		   status_word(status));
	buf_printf(body, ",\"number\":%" PRIu64, job->number);
	if (job->chat_number)
		buf_printf(body, ",\"chat_number\":%" PRIu64, job->chat_number);
	buf_printf(body, ",\"url\":\"/applications/%s/chats/%" PRIu64,
		   status->token,
		   job->chat_number ? job->chat_number : job->number);
	if (job->chat_number)
		buf_printf(body, "/messages/%" PRIu64, job->number);
	buf_append_char(body, '"');
	if (status->failed) {
		buf_append_text(body, ",\"reason\":");
		json_append_string(body, status->reason,
				   strlen(status->reason));
	}
	buf_append_char(body, '}');
}

void jobs_show(struct request *request, struct worker *worker)
{
	struct status status = { .stored = false };
	struct error error = ERROR_INIT;

	if (!job_decode(request->server->job_key, request->job_id,
			&status.job)) {
		if (job_key_known(request->server->job_key))
			answer_problem(&request->answer, MHD_HTTP_NOT_FOUND,
				       "There is no such job.");
		else
			answer_unavailable(&request->answer,
					   "The server is starting.");
		return;
	}
	if (read_all(&status, worker->sql, &error) != FAULT_NONE) {
		worker_sql_failed(request, &error);
		return;
	}
	if (!*status.token) {
		answer_problem(&request->answer, MHD_HTTP_NOT_FOUND,
			       "There is no such job.");
		return;
	}
	if (status.stored)
		status.indexed = indexed(&status.job, worker);
	render(request, &status);
}
