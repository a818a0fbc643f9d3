#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "tests/chaos/clients_private.h"
#include "tests/chaos/journal.h"

#define RETRY_MS 1000
#define REPLAY_MS 4000

struct promise {
	uint64_t number, job;
	char job_id[96];
};

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	while (*text)
		hash = (hash ^ (unsigned char)*text++) * 0x100000001b3u;
	return hash;
}

static bool read_promise(const struct http_reply *reply,
			 struct promise *promise_r)
{
	cJSON *json = cJSON_ParseWithLength(reply->body, reply->length);
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(json, "number");
	const cJSON *job = cJSON_GetObjectItemCaseSensitive(json, "job_id");
	bool good = cJSON_IsNumber(number) && number->valuedouble >= 1 &&
		    cJSON_IsString(job) &&
		    strlen(job->valuestring) < sizeof(promise_r->job_id);

	if (good) {
		promise_r->number = (uint64_t)number->valuedouble;
		promise_r->job = hash_of(job->valuestring);
		snprintf(promise_r->job_id, sizeof(promise_r->job_id), "%s",
			 job->valuestring);
	}
	cJSON_Delete(json);
	return good;
}

static void complain(struct clients *clients, const struct clients_slot *slot,
		     const char *what)
{
	const struct http_reply *reply = &slot->exchange.reply;

	atomic_fetch_add(&clients->wrong, 1);
	journal_write("WRONG op=%" PRIu32 " url=%s status=%ld %s: %.300s",
		      slot->op, strstr(slot->url.data, "/app"), reply->status,
		      what, reply->body);
}

static void note_acceptance(struct clients *clients, const struct op *op,
			    const struct clients_slot *slot)
{
	int64_t sent_ms = slot->exchange.started_ms;

	if (op->type != OP_EDIT && clients->accepted_ms[op->ingest] < sent_ms)
		clients->accepted_ms[op->ingest] = sent_ms;
}

static void close_op(struct clients *clients, struct op *op,
		     enum op_state state)
{
	op->state = state;
	atomic_fetch_sub(&clients->open, 1);
	if (state == OP_ACKNOWLEDGED) {
		op->acknowledged_ms = clock_monotonic_ms();
		atomic_fetch_add(&clients->acknowledged, 1);
	}
}

static void accept_create(struct clients *clients, struct clients_slot *slot)
{
	struct op *op = record_op(clients->record, slot->op);
	struct promise promise;

	if (!read_promise(&slot->exchange.reply, &promise)) {
		complain(clients, slot, "no number or no job_id");
		close_op(clients, op, OP_REFUSED);
		return;
	}
	op->job = promise.job;
	if (slot->op % 64 == 0)
		op->job_id = strdup(promise.job_id);
	close_op(clients, op, OP_ACKNOWLEDGED);
	if (!record_promise(clients->record, slot->op, promise.number))
		complain(clients, slot, "the number is another one's");
	if (op->type == OP_MESSAGE)
		clients->recent[clients->recent_count++ % RECENT] = slot->op;
	if (op->keyed && dice_below(&clients->dice, 50) == 0)
		clients_queue_add(&clients->replays, slot->op,
				  clock_monotonic_ms() + REPLAY_MS);
	journal_write("ack op=%" PRIu32 " type=%s app=%" PRIu32 " chat=%" PRIu64
		      " number=%" PRIu64 " job=%s attempts=%u at=%s",
		      slot->op, op->type == OP_CHAT ? "chat" : "message",
		      op->app, op->chat, op->number, promise.job_id,
		      op->attempts, op->ingest ? "ingest" : "api");
}

static void accept_edit(struct clients *clients, struct clients_slot *slot)
{
	struct op *op = record_op(clients->record, slot->op);
	struct op *message = record_op(clients->record, op->target);

	close_op(clients, op, OP_ACKNOWLEDGED);
	message->edited = slot->op + 1;
	/* with unclear tries, one may still be on its way: no more edits */
	if (op->unclear == 0)
		message->editing = 0;
	journal_write("ack op=%" PRIu32 " type=edit app=%" PRIu32
		      " chat=%" PRIu64 " number=%" PRIu64 " attempts=%u",
		      slot->op, op->app, op->chat, op->number, op->attempts);
}

static void compare_replay(struct clients *clients, struct clients_slot *slot)
{
	const struct op *op = record_op(clients->record, slot->op);
	const struct http_reply *reply = &slot->exchange.reply;
	struct promise promise;

	if (reply->status == 0 || reply->status == 503)
		return;
	if (reply->status != 202 || !read_promise(reply, &promise) ||
	    promise.number != op->number || promise.job != op->job) {
		complain(clients, slot, "asked again, answered differently");
		journal_write("promised op=%" PRIu32 " number=%" PRIu64,
			      slot->op, op->number);
		return;
	}
	atomic_fetch_add(&clients->replayed, 1);
}

static void try_again(struct clients *clients, struct clients_slot *slot)
{
	struct op *op = record_op(clients->record, slot->op);

	if (op->keyed) {
		clients_queue_add(&clients->retries, slot->op,
				  clock_monotonic_ms() + RETRY_MS);
		return;
	}
	close_op(clients, op,
		 slot->exchange.reply.status ? OP_REFUSED : OP_OPEN);
	journal_write("given-up op=%" PRIu32 " status=%ld app=%" PRIu32
		      " chat=%" PRIu64,
		      slot->op, slot->exchange.reply.status, op->app, op->chat);
}

/* 404 with Retry-After: the row of what is to be edited is not there yet. 408:
 * the request took longer than 10 s to arrive. */
static bool is_temporary(const struct op *op, const struct http_reply *reply)
{
	return reply->status == 503 || reply->status == 408 ||
	       (op->type == OP_EDIT && reply->status == 404 &&
		strcasestr(reply->head, "\nretry-after:"));
}

static void note_wait(struct clients *clients, const struct op *op,
		      const struct clients_slot *slot)
{
	struct wait wait = {
		.of = op->type == OP_EDIT ? WAITS_EDIT : WAITS_CREATE,
		.ingest = op->ingest,
		.answered = slot->exchange.reply.status != 0,
		.started_ms = slot->exchange.started_ms,
		.took_ms = slot->exchange.reply.took_ms,
	};

	waits_note(clients->settings.waits, &wait);
}

void clients_judge(struct clients *clients, struct clients_slot *slot)
{
	struct op *op = record_op(clients->record, slot->op);
	const struct http_reply *reply = &slot->exchange.reply;

	note_wait(clients, op, slot);
	if (reply->status == 0) {
		atomic_fetch_add(&clients->unanswered, 1);
		op->unclear++;
	}
	if (reply->status == 503) {
		atomic_fetch_add(&clients->refused, 1);
		/* an edit may be under way in SQL all the same */
		op->unclear++;
	}
	if (slot->replay) {
		compare_replay(clients, slot);
	} else if (reply->status == 0 || is_temporary(op, reply)) {
		try_again(clients, slot);
	} else if (reply->status == (op->type == OP_EDIT ? 200 : 202)) {
		note_acceptance(clients, op, slot);
		if (op->type == OP_EDIT)
			accept_edit(clients, slot);
		else
			accept_create(clients, slot);
	} else {
		complain(clients, slot, "no such answer is due");
		close_op(clients, op, OP_REFUSED);
	}
}
