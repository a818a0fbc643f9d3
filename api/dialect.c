#include "api/dialect.h"

#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"

#define END                                                                    \
	{                                                                      \
		FIELD_END, NULL                                                \
	}

/* ---- S0, S2, S4: /applications ---- */

static const struct member application[] = {
	{ FIELD_TOKEN, "token" },
	{ FIELD_NAME, "name" },
	{ FIELD_CHATS_COUNT, "chats_count" },
	{ FIELD_MESSAGES_COUNT, "messages_count" },
	{ FIELD_CREATED_AT, "created_at" },
	{ FIELD_UPDATED_AT, "updated_at" },
	END,
};
static const struct member created[] = {
	{ FIELD_NUMBER, "number" },
	{ FIELD_JOB_ID, "job_id" },
	END,
};
static const struct member chat[] = {
	{ FIELD_NUMBER, "number" },
	{ FIELD_MESSAGES_COUNT, "messages_count" },
	{ FIELD_CREATED_AT, "created_at" },
	END,
};
static const struct member message[] = {
	{ FIELD_NUMBER, "number" },
	{ FIELD_BODY, "body" },
	{ FIELD_CREATED_AT, "created_at" },
	{ FIELD_UPDATED_AT, "updated_at" },
	END,
};
static const struct member hit[] = {
	{ FIELD_NUMBER, "number" },	    { FIELD_BODY, "body" },
	{ FIELD_CREATED_AT, "created_at" }, { FIELD_SCORE, "score" },
	{ FIELD_HIGHLIGHT, "highlight" },   END,
};
static const struct member wide_hit[] = {
	{ FIELD_CHAT_NUMBER, "chat_number" },
	{ FIELD_NUMBER, "number" },
	{ FIELD_BODY, "body" },
	{ FIELD_CREATED_AT, "created_at" },
	{ FIELD_SCORE, "score" },
	{ FIELD_HIGHLIGHT, "highlight" },
	END,
};

/* ---- S1: /apps ---- */

static const struct member app_created[] = {
	{ FIELD_TOKEN, "token" },
	{ FIELD_NAME, "name" },
	{ FIELD_CHATS_COUNT, "chat_count" },
	END,
};
static const struct member app[] = {
	{ FIELD_NAME, "name" },
	{ FIELD_CHATS_COUNT, "chat_count" },
	END,
};
static const struct member app_listed[] = {
	{ FIELD_NAME, "name" },
	{ FIELD_TOKEN, "token" },
	{ FIELD_CHATS_COUNT, "chat_count" },
	END,
};
static const struct member app_chat_number[] = {
	{ FIELD_NUMBER, "chat_number" },
	END,
};
static const struct member app_chat[] = {
	{ FIELD_NUMBER, "chat_number" },
	{ FIELD_MESSAGES_COUNT, "messages_count" },
	END,
};
static const struct member app_message_created[] = {
	{ FIELD_NUMBER, "message_number" },
	END,
};
static const struct member app_message[] = {
	{ FIELD_SCORE, "matching_score" },
	{ FIELD_BODY, "body" },
	{ FIELD_NUMBER, "message_number" },
	END,
};
static const struct member app_wide_hit[] = {
	{ FIELD_SCORE, "matching_score" },
	{ FIELD_BODY, "body" },
	{ FIELD_CHAT_NUMBER, "chat_number" },
	{ FIELD_NUMBER, "message_number" },
	END,
};

/* ---- S3: /chat_applications, /api/v1/chat_applications ---- */

static const struct member tenant[] = {
	{ FIELD_NAME, "name" },
	{ FIELD_TOKEN, "token" },
	{ FIELD_CHATS_COUNT, "chats_count" },
	END,
};
static const struct member tenant_chat[] = {
	{ FIELD_NUMBER, "number" },
	{ FIELD_MESSAGES_COUNT, "messages_count" },
	END,
};
static const struct member tenant_message_created[] = {
	{ FIELD_NUMBER, "number" },
	END,
};
static const struct member tenant_message[] = {
	{ FIELD_NUMBER, "number" },
	{ FIELD_BODY, "body" },
	END,
};
static const struct member tenant_wide_hit[] = {
	{ FIELD_CHAT_NUMBER, "chat_number" },
	{ FIELD_NUMBER, "number" },
	{ FIELD_BODY, "body" },
	END,
};

/* ---- S1's system-wide lists ---- */

const struct member dialect_system_chat[] = {
	{ FIELD_CHAT_NUMBER, "chat_number" },
	{ FIELD_MESSAGES_COUNT, "messages_count" },
	{ FIELD_TOKEN, "app_token" },
	END,
};
const struct member dialect_system_message[] = {
	{ FIELD_TOKEN, "app_token" },
	{ FIELD_CHAT_NUMBER, "chat_number" },
	{ FIELD_NUMBER, "message_number" },
	{ FIELD_BODY, "body" },
	END,
};
const struct member dialect_system_hit[] = {
	{ FIELD_TOKEN, "app_token" },
	{ FIELD_CHAT_NUMBER, "chat_number" },
	{ FIELD_NUMBER, "message_number" },
	{ FIELD_BODY, "body" },
	{ FIELD_CREATED_AT, "created_at" },
	{ FIELD_SCORE, "score" },
	{ FIELD_HIGHLIGHT, "highlight" },
	END,
};

#define TENANT(path)                                                           \
	{                                                                      \
		.prefix = (path), .wrapper = "chat_application",               \
		.application_created = tenant, .application = tenant,          \
		.application_listed = tenant, .chat_created = tenant_chat,     \
		.chat = tenant_chat, .chat_listed = tenant_chat,               \
		.message_created = tenant_message_created,                     \
		.message = tenant_message, .hit = tenant_message,              \
		.wide_hit = tenant_wide_hit, .create_status = 201              \
	}

const struct dialect dialect_canonical = {
	.prefix = "/applications",
	.wrapper = "application",
	.application_created = application,
	.application = application,
	.application_listed = application,
	.chat_created = created,
	.chat = chat,
	.chat_listed = chat,
	.message_created = created,
	.message = message,
	.hit = hit,
	.wide_hit = wide_hit,
	.create_status = 202,
	.job_id_when_stored = true,
};

static const struct dialect others[] = {
	{
		.prefix = "/apps",
		.wrapper = "app",
		.application_created = app_created,
		.application = app,
		.application_listed = app_listed,
		.chat_created = app_chat_number,
		.chat = app_chat,
		.chat_listed = app_chat_number,
		.message_created = app_message_created,
		.message = app_message,
		.hit = app_message,
		.wide_hit = app_wide_hit,
		.create_status = 200,
		.messages_take_query = true,
	},
	TENANT("/chat_applications"),
	TENANT("/api/v1/chat_applications"),
};

static bool starts(const char *path, const char *prefix, const char **rest_r)
{
	size_t length = strlen(prefix);

	if (strncmp(path, prefix, length) != 0 ||
	    (path[length] != '\0' && path[length] != '/'))
		return false;
	*rest_r = path + length;
	return true;
}

const struct dialect *dialect_find(const char *path, const char **rest_r)
{
	if (starts(path, dialect_canonical.prefix, rest_r))
		return &dialect_canonical;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (starts(path, others[i].prefix, rest_r))
			return &others[i];
	return NULL;
}

/* ---- rendering ---- */

static void render_text(const char *text, size_t length, struct buf *out)
{
	json_append_string(out, text ? text : "", length);
}

static void render_time(int64_t wall_ms, struct buf *out)
{
	char text[CLOCK_ISO_SIZE];

	clock_format_iso(wall_ms, text);
	buf_append_char(out, '"');
	buf_append(out, text, CLOCK_ISO_SIZE - 1);
	buf_append_char(out, '"');
}

static void render_score(double score, struct buf *out)
{
	if (!isfinite(score) || score == 0)
		buf_append_char(out, '0');
	else
		buf_printf(out, "%.7g", score);
}

static void render_value(enum field field, const struct record *record,
			 struct buf *out)
{
	switch (field) {
	case FIELD_TOKEN:
		render_text(record->token, strlen(record->token), out);
		break;
	case FIELD_NAME:
		render_text(record->name, record->name_length, out);
		break;
	case FIELD_CHATS_COUNT:
		buf_append_u64(out, record->chats_count);
		break;
	case FIELD_MESSAGES_COUNT:
		buf_append_u64(out, record->messages_count);
		break;
	case FIELD_CREATED_AT:
		render_time(record->created_at_ms, out);
		break;
	case FIELD_UPDATED_AT:
		render_time(record->updated_at_ms, out);
		break;
	case FIELD_NUMBER:
		buf_append_u64(out, record->number);
		break;
	case FIELD_CHAT_NUMBER:
		buf_append_u64(out, record->chat_number);
		break;
	case FIELD_BODY:
		render_text(record->body, record->body_length, out);
		break;
	case FIELD_SCORE:
		render_score(record->score, out);
		break;
	case FIELD_HIGHLIGHT:
		render_text(record->highlight, record->highlight_length, out);
		break;
	case FIELD_JOB_ID:
		render_text(record->job_id, strlen(record->job_id), out);
		break;
	case FIELD_END:
		break;
	}
}

void dialect_render(const struct member *shape, const struct record *record,
		    struct buf *out)
{
	char before = '{';

	for (; shape->field != FIELD_END; shape++) {
		if (shape->field == FIELD_HIGHLIGHT && !record->highlight)
			continue;
		buf_append_char(out, before);
		buf_append_char(out, '"');
		buf_append_text(out, shape->name);
		buf_append(out, "\":", 2);
		render_value(shape->field, record, out);
		before = ',';
	}
	buf_append_char(out, '}');
}
