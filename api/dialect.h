#ifndef CONFAB_API_DIALECT_H
#define CONFAB_API_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/*
 * The five systems name the same things differently. A dialect is a row of
 * data: its path prefix, its wrapper, the members of each answer and the
 * statuses of its creates. Handlers fill a record; the dialect renders it.
 */
enum field {
	FIELD_END,
	FIELD_TOKEN,
	FIELD_NAME,
	FIELD_CHATS_COUNT,
	FIELD_MESSAGES_COUNT,
	FIELD_CREATED_AT,
	FIELD_UPDATED_AT,
	FIELD_NUMBER,
	FIELD_CHAT_NUMBER,
	FIELD_BODY,
	FIELD_SCORE,
	FIELD_HIGHLIGHT, /* left out where there is none */
	FIELD_JOB_ID
};

struct member {
	enum field field;
	const char *name;
};

struct record {
	const char *token;
	const char *name;
	size_t name_length;
	uint64_t chats_count, messages_count;
	int64_t created_at_ms, updated_at_ms;
	uint64_t number, chat_number;
	const char *body;
	size_t body_length;
	double score;
	const char *highlight;
	size_t highlight_length;
	const char *job_id;
};

struct dialect {
	const char *prefix;  /* "/applications" */
	const char *wrapper; /* of an application: "application" */
	const struct member *application_created, *application,
		*application_listed;
	const struct member *chat_created, *chat, *chat_listed;
	const struct member *message_created, *message;
	const struct member *hit;      /* of a search in one chat */
	const struct member *wide_hit; /* of a search in an application */
	unsigned create_status;	       /* of chats and messages */
	bool job_id_when_stored;       /* with Prefer: wait */
	bool messages_take_query;      /* ?query= on the list of messages */
};

extern const struct dialect dialect_canonical;

/* The dialect whose prefix `path` starts with, NULL for none; *rest_r is what
 * follows the prefix. */
const struct dialect *dialect_find(const char *path, const char **rest_r);

/* Shapes of the system-wide lists, which have no dialect. */
extern const struct member dialect_system_chat[];
extern const struct member dialect_system_message[];
extern const struct member dialect_system_hit[];

void dialect_render(const struct member *shape, const struct record *record,
		    struct buf *out);

#endif
