#ifndef CONFAB_COMMON_EVENT_H
#define CONFAB_COMMON_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/fault.h"
#include "common/uuid.h"

/*
 * What travels through the broker: one JSON object per line (NDJSON), the
 * lines of one AMQP message of one type, and the routing key is that type's
 * name. docs/events.md is the same for people who publish or read them.
 */
#define EVENT_VERSION 1
#define EVENT_CONTENT_TYPE "application/x-ndjson"
#define EVENT_BODY_MAX 65535u /* bytes of a message's text */
#define EVENT_KEY_MAX 255u    /* characters of an idempotency key */
#define EVENT_NUMBER_MAX (UINT64_C(1) << 53)
#define EVENT_FINGERPRINT_SIZE 16u /* bytes */

enum event_type {
	EVENT_CHAT_CREATED,
	EVENT_CHAT_VOIDED, /* this chat number will never be used */
	EVENT_MESSAGE_CREATED,
	EVENT_MESSAGE_UPDATED, /* carries the whole new text */
	EVENT_MESSAGE_VOIDED,  /* this message number will never be used */
	EVENT_TYPES
};

struct event {
	enum event_type type;
	uint32_t generation; /* of the allocator that gave the number */
	uint32_t revision;   /* 1 when created, one more with each edit */
	struct uuid id;	     /* unique per event; the row keeps it */
	uint64_t application_id;
	uint64_t chat_number; /* 0 for chat events: theirs is `number` */
	uint64_t number;
	int64_t at_ms;	       /* when it was accepted, Unix ms */
	int64_t created_at_ms; /* updates: when the message was created */
	const char *body; /* not NUL-terminated; NULL if the type has none */
	size_t body_length;
	const char *key; /* idempotency key, not NUL-terminated, or NULL */
	size_t key_length;
	uint8_t fingerprint[EVENT_FINGERPRINT_SIZE]; /* of the keyed request */
	/* Of a request whose way the logs tell (trace.h), else NULL; not
	 * NUL-terminated. */
	const char *request_id;
	size_t request_id_length;
	const char *traceparent; /* TRACE_PARENT_LENGTH bytes, or NULL */
};

const char *event_type_name(enum event_type type);
bool event_type_parse(const char *name, size_t length, enum event_type *type_r);
bool event_type_is_message(enum event_type type);

/* Appends the event's line with its newline. */
void event_encode(const struct event *event, struct buf *out);

/*
 * Decodes one line (without its newline). Strings point into `line` or, where
 * they had escapes, into `scratch`, which must have room for `length` bytes;
 * *used is advanced by what was taken of it. FAULT_PERMANENT with the reason
 * when the line is not an event of ours: bad JSON, unknown type or version, a
 * member that is missing or out of range. Ids for the logs that are none are
 * left out. FAULT_TEMPORARY when memory is out.
 */
MUST_CHECK enum fault event_decode(const char *line, size_t length,
				   char *scratch, size_t *used,
				   struct event *event_r, struct error *error);

#endif
