#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/jobs.h"
#include "api/server.h"
#include "api/status.h"
#include "common/amqp.h"
#include "common/json.h"

#define ENGINE_TIMEOUT_MS 800

struct status {
	struct job job;
	bool stored, indexed, failed;
	bool taken; /* the number, by another event */
	char token[REQUEST_TOKEN_LENGTH + 1];
	char reason[400];
};

/* A row that another event has put under the number is not this job's. */
static bool read_event_id(void *context, const struct sql_value *columns,
			  size_t count)
{
	struct status *status = context;
	const struct uuid *id = &status->job.event_id;

	(void)count;
	status->stored = columns[0].as.bytes.length == sizeof(id->bytes) &&
			 memcmp(columns[0].as.bytes.data, id->bytes,
				sizeof(id->bytes)) == 0;
	status->taken = !status->stored;
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

static enum fault find_token(struct status *status, struct sql *sql,
			     struct error *error)
{
	static const char statement[] =
		"SELECT token FROM applications WHERE id = ?";
	struct sql_value id = sql_u64(status->job.application_id);

	return sql_run(sql, statement, &id, 1, read_token, status, NULL, error);
}

static enum fault find_row(struct status *status, struct sql *sql,
			   struct error *error)
{
	static const char chat[] = "SELECT event_id FROM chats "
				   "WHERE application_id = ? AND number = ?";
	static const char message[] =
		"SELECT event_id FROM messages WHERE application_id = ? "
		"AND chat_number = ? AND number = ?";
	const struct job *job = &status->job;
	struct sql_value params[3] = { sql_u64(job->application_id) };
	size_t count = 1;

	if (job->chat_number)
		params[count++] = sql_u64(job->chat_number);
	params[count++] = sql_u64(job->number);
	return sql_run(sql, job->chat_number ? message : chat, params, count,
		       read_event_id, status, NULL, error);
}

/* Only what keeps the job from its end: once the row is there, only the
 * indexer can have given up. */
static enum fault find_dead_letter(struct status *status, struct sql *sql,
				   struct error *error)
{
	static const char statement[] =
		"SELECT reason, detail FROM dead_letters "
		"WHERE event_id = ? AND queue IN ('" AMQP_QUEUE_INDEX "', ?) "
		"ORDER BY queue DESC LIMIT 1";
	const struct uuid *id = &status->job.event_id;
	const char *queue =
		status->stored ? AMQP_QUEUE_INDEX : AMQP_QUEUE_PERSIST;
	struct sql_value params[] = {
		sql_bytes(id->bytes, sizeof(id->bytes)),
		sql_text(queue, strlen(queue)),
	};

	return sql_run(sql, statement, params, 2, read_failure, status, NULL,
		       error);
}

/* The number of a dead letter that was dropped, or of an event that the broker
 * refused, is given up for good. */
static enum fault find_void(struct status *status, struct sql *sql,
			    struct error *error)
{
	static const char statement[] =
		"SELECT 'dropped', 'the number was given up' FROM voids "
		"WHERE application_id = ? AND chat_number = ? "
		"AND number = ? AND event_id = ?";
	const struct job *job = &status->job;
	struct sql_value params[] = {
		sql_u64(job->application_id),
		sql_u64(job->chat_number),
		sql_u64(job->number),
		sql_bytes(job->event_id.bytes, sizeof(job->event_id.bytes)),
	};

	return sql_run(sql, statement, params, 4, read_failure, status, NULL,
		       error);
}

/* Is the message's document in the index, and found by searches? An engine that
 * does not answer leaves it at no. */
static bool indexed(const struct job *job, struct worker *worker)
{
	struct elastic_answer answer;
	char path[160];

	if (!worker->elastic || job->chat_number == 0 ||
	    !health_engine(worker->server->health))
		return false;
	snprintf(path, sizeof(path),
		 "/" ELASTIC_ALIAS "/_doc/%" PRIu64 "-%" PRIu64 "-%" PRIu64
		 "?routing=%" PRIu64 "&_source=false&realtime=false",
		 job->application_id, job->chat_number, job->number,
		 job->application_id);
	return elastic_request(worker->elastic, "GET", path, NULL, 0, NULL,
			       ENGINE_TIMEOUT_MS, &answer,
			       NULL) == FAULT_NONE &&
	       answer.status == 200;
}

/* In the order in which things come to be, so that what happens meanwhile is
 * not missed between two looks. */
static enum fault find_status(struct status *status, struct worker *worker,
			      struct error *error)
{
	enum fault fault = find_token(status, worker->sql, error);

	if (fault == FAULT_NONE)
		fault = find_row(status, worker->sql, error);
	if (fault == FAULT_NONE && status->stored)
		status->indexed = indexed(&status->job, worker);
	if (fault == FAULT_NONE && !status->indexed)
		fault = find_dead_letter(status, worker->sql, error);
	if (fault != FAULT_NONE || status->stored || status->failed)
		return fault;
	/* its dead letter is on its way, or was dropped */
	if (status->taken) {
		status->failed = true;
		snprintf(status->reason, sizeof(status->reason),
			 "collision: the number belongs to another event");
		return FAULT_NONE;
	}
	return find_void(status, worker->sql, error);
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
	struct buf *body = answer_json(&request->answer, HTTP_OK);

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
			answer_problem(&request->answer, HTTP_NOT_FOUND,
				       "There is no such job.");
		else
			answer_unavailable(&request->answer,
					   "The server is starting.");
		return;
	}
	if (find_status(&status, worker, &error) != FAULT_NONE) {
		worker_sql_failed(request, &error);
		return;
	}
	if (!*status.token) {
		answer_problem(&request->answer, HTTP_NOT_FOUND,
			       "There is no such job.");
		return;
	}
	render(request, &status);
}
