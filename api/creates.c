#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/input.h"
#include "api/old_keys.h"
#include "api/parents.h"
#include "api/server.h"
#include "api/status.h"
#include "api/tracing.h"
#include "common/clock.h"
#include "common/utf8.h"

/* ---- what is wanted ---- */

static bool want(struct request *request)
{
	struct allocation *wanted = &request->commit.allocation;

	tracing_mark(request, &request->commit.request_id,
		     &request->commit.traceparent);
	wanted->at_ms = clock_wall_ms();
	wanted->chat_number = request->chat_number;
	if (!uuid_new(wanted->at_ms, &wanted->event_id))
		return false;
	if (!request->idempotency_key)
		return true;
	wanted->key = request->idempotency_key;
	wanted->key_length = strlen(request->idempotency_key);
	return input_fingerprint(request);
}

void chats_prepare_create(struct request *request)
{
	if (!input_ignored(request))
		return;
	if (!want(request))
		answer_unavailable(&request->answer,
				   "The server has no random numbers.");
}

void messages_prepare_create(struct request *request)
{
	edits_prepare(request);
	if (request->answer.status != 0)
		return;
	request->commit.body = request->value;
	request->commit.body_length = request->value_length;
	if (!want(request))
		answer_unavailable(&request->answer,
				   "The server has no random numbers.");
}

/* ---- the parent ---- */

static void wait_or_finish(struct request *request)
{
	if (request->commit.outcome == COMMIT_ACCEPTED && request->wait_s > 0)
		waiter_submit(request->server->waiter, request);
	else
		server_finish(request);
}

static void submit(struct request *request)
{
	request->commit.allocation.application_id = request->application_id;
	committer_submit(request->server->committer, &request->commit);
}

/* In the first day of a generation Redis does not know the keys of the one
 * before; the rows do. */
static bool keys_may_be_in_sql(struct request *request)
{
	struct numbers *numbers = request->server->numbers;

	return request->idempotency_key && numbers_generation(numbers) > 1 &&
	       clock_wall_ms() - numbers_since_ms(numbers) <
		       ALLOCATOR_KEY_LIFE_MS;
}

bool creates_submit_known(struct request *request)
{
	struct server *server = request->server;

	request->commit.generation = numbers_generation(server->numbers);
	request->application_id = tokens_find(server->tokens, request->token);
	if (request->application_id == 0 || !job_key_known(server->job_key) ||
	    keys_may_be_in_sql(request))
		return false;
	submit(request);
	return true;
}

struct known_key {
	struct allocation *allocation;
	bool found, same;
};

static bool read_key(void *context, const struct sql_value *columns,
		     size_t count)
{
	struct known_key *known = context;
	const struct sql_value *print = &columns[0];

	(void)count;
	known->found = true;
	known->same =
		print->as.bytes.length == EVENT_FINGERPRINT_SIZE &&
		memcmp(print->as.bytes.data, known->allocation->fingerprint,
		       EVENT_FINGERPRINT_SIZE) == 0;
	known->allocation->number = columns[1].as.u64;
	if (columns[2].as.bytes.length == sizeof(struct uuid))
		memcpy(known->allocation->event_id.bytes,
		       columns[2].as.bytes.data, sizeof(struct uuid));
	return false;
}

/* True when the key's answer was found among the rows and is set. */
static bool answered_by_rows(struct request *request, struct worker *worker,
			     enum fault *fault_r, struct error *error)
{
	static const char statement[] =
		"SELECT fingerprint, number, event_id FROM idempotency "
		"WHERE application_id = ? AND chat_number = ? "
		"AND idempotency_key = ? AND created_at > ?";
	struct allocation *allocation = &request->commit.allocation;
	struct known_key known = { allocation, false, false };
	struct sql_value params[] = {
		sql_u64(request->application_id),
		sql_u64(request->chat_number),
		sql_text(allocation->key, allocation->key_length),
		sql_time(clock_wall_ms() - ALLOCATOR_KEY_LIFE_MS),
	};

	*fault_r = sql_run(worker->sql, statement, params, 4, read_key, &known,
			   NULL, error);
	if (!known.found)
		return false;
	allocation->application_id = request->application_id;
	allocation->outcome = ALLOCATION_REPLAYED;
	request->commit.outcome =
		known.same ? COMMIT_ACCEPTED : COMMIT_KEY_MISMATCH;
	return true;
}

/* A new id for what will be published; when the key's record stands, that one
 * is used again. */
static bool start_anew(struct allocation *wanted)
{
	wanted->at_ms = clock_wall_ms();
	return uuid_new(wanted->at_ms, &wanted->event_id);
}

/* True when the key's event is a row, of the generation in which Redis told of
 * it: a number that counts whatever happens to Redis. */
static bool answered_by_old_row(struct request *request, struct worker *worker,
				uint32_t generation, enum fault *fault_r,
				struct error *error)
{
	struct allocation *wanted = &request->commit.allocation;
	enum old_key key;

	*fault_r = old_keys_look(worker->sql, wanted, &key, error);
	if (*fault_r != FAULT_NONE)
		return false;
	if (key == OLD_KEY_STORED &&
	    numbers_generation(request->server->numbers) == generation) {
		request->commit.outcome = COMMIT_ACCEPTED;
		return true;
	}
	request->commit.checked_ms = clock_monotonic_ms();
	wanted->replaces = key == OLD_KEY_GIVEN_UP;
	wanted->replaced_id = wanted->event_id;
	if (!start_anew(wanted))
		*fault_r = error_set(error, FAULT_TEMPORARY, 0,
				     "no random numbers");
	return false;
}

/* Loads the counter that Redis does not have from the rows. */
static enum fault load_counter(struct request *request, struct worker *worker,
			       struct error *error)
{
	struct allocation *wanted = &request->commit.allocation;
	uint64_t chat = 0;

	wanted->load = LOAD_NONE;
	if (request->commit.outcome == COMMIT_LOAD_CHATS) {
		wanted->load = LOAD_CHATS;
	} else if (request->commit.outcome == COMMIT_LOAD_MESSAGES) {
		wanted->load = LOAD_MESSAGES;
		chat = request->chat_number;
	} else {
		return FAULT_NONE;
	}
	return parents_highest_number(worker->sql, request->application_id,
				      chat, &wanted->load_value, error);
}

void creates_resolve(struct request *request, struct worker *worker)
{
	struct error error = ERROR_INIT;
	enum fault fault = FAULT_NONE;
	uint32_t before = request->commit.generation;

	request->commit.generation =
		numbers_generation(request->server->numbers);
	if (!parents_find(request, worker)) {
		server_finish(request);
		return;
	}
	if (!job_key_known(request->server->job_key)) {
		answer_unavailable(&request->answer, "The server is starting.");
		server_finish(request);
		return;
	}
	if (request->commit.outcome == COMMIT_OLD_KEY &&
	    answered_by_old_row(request, worker, before, &fault, &error)) {
		wait_or_finish(request);
		return;
	}
	if (fault == FAULT_NONE && keys_may_be_in_sql(request) &&
	    answered_by_rows(request, worker, &fault, &error)) {
		wait_or_finish(request);
		return;
	}
	if (fault == FAULT_NONE)
		fault = load_counter(request, worker, &error);
	if (fault != FAULT_NONE) {
		worker_sql_failed(request, &error);
		server_finish(request);
		return;
	}
	submit(request);
}

/* ---- the outcome ---- */

void creates_done(struct commit *commit)
{
	struct request *request = request_of_commit(commit);
	struct server *server = request->server;

	if (commit->outcome == COMMIT_LOAD_CHATS ||
	    commit->outcome == COMMIT_LOAD_MESSAGES ||
	    commit->outcome == COMMIT_OLD_KEY ||
	    commit->outcome == COMMIT_STALE)
		pool_submit(server->pool, request);
	else
		wait_or_finish(request);
}

static void set_location(struct request *request, uint64_t number)
{
	char *location = request->answer.location;
	size_t size = sizeof(request->answer.location);

	if (request->chat_number)
		snprintf(location, size,
			 "%s/%s/chats/%" PRIu64 "/messages/%" PRIu64,
			 request->dialect->prefix, request->token,
			 request->chat_number, number);
	else
		snprintf(location, size, "%s/%s/chats/%" PRIu64,
			 request->dialect->prefix, request->token, number);
}

/* A wait that ended with the row: the job id is put into what the waiter
 * rendered from it. */
static void add_job_id(struct request *request, const char *job_id)
{
	struct buf *body = &request->answer.body;

	if (!request->dialect->job_id_when_stored || body->failed ||
	    body->length == 0)
		return;
	body->length--; /* the closing brace */
	buf_append_text(body, ",\"job_id\":\"");
	buf_append_text(body, job_id);
	buf_append_text(body, "\"}");
}

static void render_accepted(struct request *request)
{
	const struct allocation *allocation = &request->commit.allocation;
	bool of_chat = request->chat_number == 0;
	char job_id[JOB_ID_SIZE];
	struct job job = { request->application_id, request->chat_number,
			   allocation->number, allocation->event_id };
	struct record record = { .number = allocation->number,
				 .job_id = job_id };

	if (!job_encode(request->server->job_key, &job, job_id)) {
		answer_unavailable(&request->answer,
				   "The job id cannot be made.");
		return;
	}
	set_location(request, allocation->number);
	request->answer.replayed = allocation->outcome == ALLOCATION_REPLAYED;
	if (request->answer.status == HTTP_CREATED) {
		add_job_id(request, job_id);
		return;
	}
	dialect_render(
		of_chat ? request->dialect->chat_created
			: request->dialect->message_created,
		&record,
		answer_json(&request->answer, request->dialect->create_status));
}

void creates_render(struct request *request)
{
	/* refused before it reached the committer */
	if (request->answer.status != 0 &&
	    request->answer.status != HTTP_CREATED)
		return;
	switch (request->commit.outcome) {
	case COMMIT_ACCEPTED:
		render_accepted(request);
		break;
	case COMMIT_KEY_MISMATCH:
		answer_problem(&request->answer, HTTP_UNPROCESSABLE_CONTENT,
			       "Idempotency-Key was used with another "
			       "payload.");
		break;
	case COMMIT_NO_CHAT:
		answer_problem(&request->answer, HTTP_NOT_FOUND,
			       "There is no such chat.");
		break;
	case COMMIT_UNAVAILABLE:
		answer_unavailable(&request->answer, request->commit.why);
		break;
	case COMMIT_UNSURE:
		answer_unavailable(&request->answer,
				   "The outcome is unknown: the message broker "
				   "did not confirm in time. Retry with an "
				   "Idempotency-Key to be safe.");
		break;
	case COMMIT_LOAD_CHATS:
	case COMMIT_LOAD_MESSAGES:
	case COMMIT_OLD_KEY:
	case COMMIT_STALE:
		answer_unavailable(&request->answer,
				   "The numbers are being loaded.");
		break;
	}
}
