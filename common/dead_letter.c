#include "common/dead_letter.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/clock.h"

/* Published before their confirms are read. */
#define GROUP_LETTERS 64
/* Well under AMQP_UNCONFIRMED_BYTES, a large last one included. */
#define GROUP_BYTES (128u * 1024u)
#define CONFIRM_MS 5000
/* Not longer away from the consuming connection than this. */
#define RECORD_MS 4000
#define IDLE_MS 5000

struct dead_letters {
	const char *rabbitmq_url;
	const char *queue;
	struct sql *sql;
	struct amqp_link *link; /* NULL: not connected */
	int64_t used_ms;
};

static const char insert_text[] =
	"INSERT INTO dead_letters (event_id, queue, type, application_id,"
	" chat_number, number, generation, reason, detail, event, times,"
	" first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)"
	" ON DUPLICATE KEY UPDATE times = times + 1,"
	" reason = VALUES(reason), detail = VALUES(detail),"
	" last_at = VALUES(last_at), replayed_at = NULL";

struct dead_letters *dead_letters_new(const char *rabbitmq_url,
				      const char *queue, struct sql *sql)
{
	struct dead_letters *letters = calloc(1, sizeof(*letters));

	if (!letters)
		return NULL;
	letters->rabbitmq_url = rabbitmq_url;
	letters->queue = queue;
	letters->sql = sql;
	return letters;
}

void dead_letters_free(struct dead_letters **letters)
{
	if (!*letters)
		return;
	amqp_link_free(&(*letters)->link);
	free(*letters);
	*letters = NULL;
}

void dead_letters_tend(struct dead_letters *letters)
{
	if (letters->link && clock_monotonic_ms() - letters->used_ms > IDLE_MS)
		amqp_link_free(&letters->link);
}

/* ---- rows ---- */

static struct sql_value text(const char *value)
{
	return sql_text(value, strlen(value));
}

/* A line that is no event is known by its digest, in the form of a UUID of
 * version 8 (RFC 9562). */
static struct uuid line_id(const char *line, size_t length)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct uuid id;

	SHA256((const unsigned char *)line, length, digest);
	memcpy(id.bytes, digest, sizeof(id.bytes));
	id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80);
	id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

enum fault dead_letter_insert(struct sql *sql, const char *queue,
			      const struct dead_letter *letter,
			      struct error *error)
{
	static const struct event none;
	const struct event *event = letter->event ? letter->event : &none;
	struct uuid id = letter->event ? event->id
				       : line_id(letter->line, letter->length);
	int64_t now = clock_wall_ms();
	const struct sql_value params[] = {
		sql_bytes(id.bytes, sizeof(id.bytes)),
		text(queue),
		text(letter->event ? event_type_name(event->type) : "unknown"),
		sql_u64(event->application_id),
		sql_u64(event->chat_number),
		sql_u64(event->number),
		sql_u64(event->generation),
		text(letter->reason),
		text(letter->detail),
		sql_bytes(letter->line, letter->length),
		sql_time(now),
		sql_time(now),
	};

	return sql_run(sql, insert_text, params,
		       sizeof(params) / sizeof(params[0]), NULL, NULL, NULL,
		       error);
}

static enum fault ensure_row(struct dead_letters *letters,
			     struct dead_letter *letter, struct error *error)
{
	enum fault fault;

	if (!letters->sql || letter->row_done)
		return FAULT_NONE;
	fault = dead_letter_insert(letters->sql, letters->queue, letter, error);
	if (fault != FAULT_NONE && fault != FAULT_PERMANENT)
		return fault;
	letter->row_done = true;
	return FAULT_NONE;
}

/* ---- the queue ---- */

static enum fault connect_link(struct dead_letters *letters,
			       struct error *error)
{
	enum fault fault;
	char name[64];

	if (letters->link)
		return FAULT_NONE;
	snprintf(name, sizeof(name), "%s: dead letters",
		 program_invocation_short_name);
	fault = amqp_link_new(letters->rabbitmq_url, name, &letters->link,
			      error);
	if (fault != FAULT_NONE)
		return fault;
	return amqp_link_confirm_select(letters->link, error);
}

static enum fault publish(struct dead_letters *letters,
			  const struct dead_letter *letter,
			  uint64_t *sequence_r, struct error *error)
{
	const struct amqp_header headers[] = {
		{ AMQP_HEADER_REASON, letter->reason },
		{ AMQP_HEADER_QUEUE, letters->queue },
	};
	char id[UUID_TEXT_SIZE];
	const struct amqp_publication what = {
		.exchange = AMQP_EXCHANGE_DEAD,
		.routing_key = letter->routing_key,
		.content_type = EVENT_CONTENT_TYPE,
		.message_id = letter->event ? id : NULL,
		.body = letter->line,
		.length = letter->length,
		.headers = headers,
		.header_count = 2,
	};

	if (letter->event)
		uuid_format(&letter->event->id, id);
	return amqp_link_publish(letters->link, &what, sequence_r, error);
}

/* Confirms of up to 64 publications in a row. */
struct group {
	uint64_t first; /* sequence */
	unsigned count;
	uint64_t open; /* bit i: first + i is not confirmed */
	bool refused;  /* one came back, or the broker failed to store it */
};

static void note_confirm(void *context, const struct amqp_notice *notice)
{
	struct group *group = context;

	if (notice->kind == AMQP_NACK || notice->kind == AMQP_RETURN)
		group->refused = true;
	if (notice->kind != AMQP_ACK)
		return;
	for (unsigned i = 0; i < group->count; i++) {
		uint64_t sequence = group->first + i;

		if (sequence == notice->sequence ||
		    (notice->multiple && sequence < notice->sequence))
			group->open &= ~(UINT64_C(1) << i);
	}
}

static enum fault await_confirms(struct dead_letters *letters,
				 struct group *group, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + CONFIRM_MS;

	while (group->open && !group->refused) {
		int64_t left = deadline - clock_monotonic_ms();
		enum fault fault;

		if (left <= 0)
			return error_set(error, FAULT_UNSURE, 0,
					 "no confirm for a dead letter");
		fault = amqp_link_read_notices(letters->link, (int)left,
					       note_confirm, group, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	if (group->refused)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the broker did not take a dead letter: is"
				 " there a queue at %s?",
				 AMQP_EXCHANGE_DEAD);
	return FAULT_NONE;
}

/* Rows first: what is in the queue can be replayed, and then its row must be
 * there. */
static enum fault record_group(struct dead_letters *letters,
			       struct dead_letter *const *list, size_t n,
			       size_t *done_r, struct error *error)
{
	struct group group = { 0 };
	size_t bytes = 0;
	enum fault fault = connect_link(letters, error);

	while (fault == FAULT_NONE && group.count < n &&
	       group.count < GROUP_LETTERS && bytes < GROUP_BYTES) {
		struct dead_letter *letter = list[group.count];
		uint64_t sequence;

		fault = ensure_row(letters, letter, error);
		if (fault == FAULT_NONE)
			fault = publish(letters, letter, &sequence, error);
		if (fault != FAULT_NONE)
			break;
		if (group.count == 0)
			group.first = sequence;
		group.open |= UINT64_C(1) << group.count;
		group.count++;
		bytes += letter->length;
	}
	if (fault == FAULT_NONE)
		fault = await_confirms(letters, &group, error);
	if (fault == FAULT_NONE)
		*done_r = group.count;
	return fault;
}

enum fault dead_letters_record(struct dead_letters *letters,
			       struct dead_letter *const *list, size_t n,
			       size_t *done_r, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + RECORD_MS;
	enum fault fault = FAULT_NONE;
	size_t done = 0;

	while (done < n && clock_monotonic_ms() < deadline) {
		size_t more = 0;

		fault = record_group(letters, list + done, n - done, &more,
				     error);
		if (fault != FAULT_NONE)
			break;
		done += more;
	}
	/* Confirms of what failed would be taken for those of what follows. */
	if (fault != FAULT_NONE)
		amqp_link_free(&letters->link);
	letters->used_ms = clock_monotonic_ms();
	*done_r = done;
	return fault;
}
