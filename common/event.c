#include "common/event.h"

#include <string.h>

#include "common/json.h"
#include "common/trace.h"
#include "common/utf8.h"

/* Routing keys and the `type` member alike. */
static const char *const type_names[EVENT_TYPES] = {
	[EVENT_CHAT_CREATED] = "chat.created",
	[EVENT_CHAT_VOIDED] = "chat.voided",
	[EVENT_MESSAGE_CREATED] = "message.created",
	[EVENT_MESSAGE_UPDATED] = "message.updated",
	[EVENT_MESSAGE_VOIDED] = "message.voided",
};

/* 9999-12-31T23:59:59.999Z, the last time that SQL and JSON can show */
#define AT_MAX INT64_C(253402300799999)

const char *event_type_name(enum event_type type)
{
	return type < EVENT_TYPES ? type_names[type] : "unknown";
}

bool event_type_parse(const char *name, size_t length, enum event_type *type_r)
{
	for (int i = 0; i < EVENT_TYPES; i++)
		if (strlen(type_names[i]) == length &&
		    memcmp(type_names[i], name, length) == 0) {
			*type_r = (enum event_type)i;
			return true;
		}
	return false;
}

bool event_type_is_message(enum event_type type)
{
	return type == EVENT_MESSAGE_CREATED || type == EVENT_MESSAGE_UPDATED ||
	       type == EVENT_MESSAGE_VOIDED;
}

static bool has_body(enum event_type type)
{
	return type == EVENT_MESSAGE_CREATED || type == EVENT_MESSAGE_UPDATED;
}

/* ---- encoding ---- */

static void append_member(struct buf *out, const char *name, uint64_t value)
{
	buf_append_text(out, name);
	buf_append_u64(out, value);
}

static void append_key(const struct event *event, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";
	char print[2 * EVENT_FINGERPRINT_SIZE];

	for (size_t i = 0; i < EVENT_FINGERPRINT_SIZE; i++) {
		print[2 * i] = hex[event->fingerprint[i] >> 4];
		print[2 * i + 1] = hex[event->fingerprint[i] & 15];
	}
	buf_append_text(out, ",\"key\":");
	json_append_string(out, event->key, event->key_length);
	buf_append_text(out, ",\"fingerprint\":\"");
	buf_append(out, print, sizeof(print));
	buf_append_char(out, '"');
}

static void append_trace(const struct event *event, struct buf *out)
{
	buf_append_text(out, ",\"request_id\":");
	json_append_string(out, event->request_id, event->request_id_length);
	if (!event->traceparent)
		return;
	buf_append_text(out, ",\"traceparent\":");
	json_append_string(out, event->traceparent, TRACE_PARENT_LENGTH);
}

void event_encode(const struct event *event, struct buf *out)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&event->id, id);
	buf_append_text(out, "{\"v\":1,\"type\":\"");
	buf_append_text(out, event_type_name(event->type));
	buf_append_text(out, "\",\"id\":\"");
	buf_append(out, id, UUID_TEXT_SIZE - 1);
	append_member(out, "\",\"app\":", event->application_id);
	if (event_type_is_message(event->type))
		append_member(out, ",\"chat\":", event->chat_number);
	append_member(out, ",\"number\":", event->number);
	append_member(out, ",\"at\":", (uint64_t)event->at_ms);
	append_member(out, ",\"gen\":", event->generation);
	append_member(out, ",\"rev\":", event->revision);
	if (event->type == EVENT_MESSAGE_UPDATED)
		append_member(out, ",\"created_at\":",
			      (uint64_t)event->created_at_ms);
	if (has_body(event->type)) {
		buf_append_text(out, ",\"body\":");
		json_append_string(out, event->body, event->body_length);
	}
	if (event->key)
		append_key(event, out);
	if (event->request_id)
		append_trace(event, out);
	buf_append(out, "}\n", 2);
}

/* ---- decoding ---- */

struct members {
	struct json_value v, type, id, app, chat, number, at, gen, rev,
		created_at, body, key, fingerprint, request_id, traceparent;
};

static enum fault refuse(struct error *error, const char *name,
			 const char *what)
{
	return error_set(error, FAULT_PERMANENT, 0, "%s %s", name, what);
}

static void collect(struct json_value object, struct members *members_r)
{
	static const struct {
		const char *name;
		size_t length, offset;
	} table[] = {
#define MEMBER(name)                                                           \
	{ #name, sizeof(#name) - 1, offsetof(struct members, name) }
		MEMBER(v),	     MEMBER(type),	 MEMBER(id),
		MEMBER(app),	     MEMBER(chat),	 MEMBER(number),
		MEMBER(at),	     MEMBER(gen),	 MEMBER(rev),
		MEMBER(created_at),  MEMBER(body),	 MEMBER(key),
		MEMBER(fingerprint), MEMBER(request_id), MEMBER(traceparent),
#undef MEMBER
	};
	struct json_value name, value;
	size_t position = 0;

	memset(members_r, 0, sizeof(*members_r));
	while (json_next(object, &position, &name, &value))
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
			if (table[i].length == name.length - 2 &&
			    memcmp(table[i].name, name.text + 1,
				   name.length - 2) == 0) {
				memcpy((char *)members_r + table[i].offset,
				       &value, sizeof(value));
				break;
			}
}

static bool number_in(struct json_value value, uint64_t min, uint64_t max,
		      uint64_t *number_r)
{
	return value.text && json_u64(value, number_r) && *number_r >= min &&
	       *number_r <= max;
}

static enum fault decode_type(const struct members *members,
			      struct event *event, struct error *error)
{
	uint64_t version;

	if (!number_in(members->v, 0, INT64_MAX, &version))
		return refuse(error, "v", "is missing or no whole number");
	if (version != EVENT_VERSION)
		return refuse(error, "v", "is a version that is not known");
	if (!members->type.text || members->type.kind != JSON_STRING)
		return refuse(error, "type", "is missing or no string");
	if (!event_type_parse(members->type.text + 1, members->type.length - 2,
			      &event->type))
		return refuse(error, "type", "is not known");
	return FAULT_NONE;
}

static enum fault decode_identity(const struct members *members,
				  struct event *event, struct error *error)
{
	uint64_t chat = 0;

	if (!members->id.text || members->id.kind != JSON_STRING ||
	    !uuid_parse(members->id.text + 1, members->id.length - 2,
			&event->id))
		return refuse(error, "id", "is missing or no UUID");
	if (!number_in(members->app, 1, INT64_MAX, &event->application_id))
		return refuse(error, "app", "is missing or out of range");
	if (!number_in(members->number, 1, EVENT_NUMBER_MAX, &event->number))
		return refuse(error, "number", "is missing or out of range");
	if (!event_type_is_message(event->type))
		return FAULT_NONE;
	if (!number_in(members->chat, 1, EVENT_NUMBER_MAX, &chat))
		return refuse(error, "chat", "is missing or out of range");
	event->chat_number = chat;
	return FAULT_NONE;
}

static enum fault decode_history(const struct members *members,
				 struct event *event, struct error *error)
{
	uint64_t at, gen, rev = 1, created_at;

	if (!number_in(members->at, 0, AT_MAX, &at))
		return refuse(error, "at", "is missing or out of range");
	if (!number_in(members->gen, 0, UINT32_MAX, &gen))
		return refuse(error, "gen", "is missing or out of range");
	if (members->rev.text && !number_in(members->rev, 1, UINT32_MAX, &rev))
		return refuse(error, "rev", "is out of range");
	created_at = at;
	if (members->created_at.text &&
	    !number_in(members->created_at, 0, AT_MAX, &created_at))
		return refuse(error, "created_at", "is out of range");
	event->at_ms = (int64_t)at;
	event->created_at_ms = (int64_t)created_at;
	event->generation = (uint32_t)gen;
	event->revision = (uint32_t)rev;
	return FAULT_NONE;
}

/* The string's bytes: in the line itself, or unescaped into the scratch. */
static const char *string_bytes(struct json_value value, char *scratch,
				size_t *used, size_t *length_r)
{
	char *out = scratch + *used;

	if (json_string_is_plain(value)) {
		*length_r = value.length - 2;
		return value.text + 1;
	}
	*length_r = json_string(value, out);
	*used += *length_r;
	return out;
}

static enum fault decode_body(const struct members *members, char *scratch,
			      size_t *used, struct event *event,
			      struct error *error)
{
	if (!has_body(event->type))
		return FAULT_NONE;
	if (!members->body.text || members->body.kind != JSON_STRING)
		return refuse(error, "body", "is missing or no string");
	event->body =
		string_bytes(members->body, scratch, used, &event->body_length);
	if (event->body_length > EVENT_BODY_MAX)
		return refuse(error, "body", "is longer than 65535 bytes");
	if (utf8_blank(event->body, event->body_length))
		return refuse(error, "body", "is blank");
	return FAULT_NONE;
}

static bool decode_fingerprint(struct json_value value, uint8_t *bytes_r)
{
	if (value.kind != JSON_STRING ||
	    value.length != 2 * EVENT_FINGERPRINT_SIZE + 2)
		return false;
	for (size_t i = 0; i < 2 * EVENT_FINGERPRINT_SIZE; i++) {
		char c = value.text[1 + i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a' + 10);
		else
			return false;
		bytes_r[i / 2] = (uint8_t)(bytes_r[i / 2] << 4 | digit);
	}
	return true;
}

static bool visible_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x21 || text[i] > 0x7e)
			return false;
	return length > 0;
}

static enum fault decode_key(const struct members *members, char *scratch,
			     size_t *used, struct event *event,
			     struct error *error)
{
	if (!members->key.text)
		return FAULT_NONE;
	if (members->key.kind != JSON_STRING)
		return refuse(error, "key", "is no string");
	event->key =
		string_bytes(members->key, scratch, used, &event->key_length);
	if (event->key_length > EVENT_KEY_MAX ||
	    !visible_ascii(event->key, event->key_length))
		return refuse(error, "key",
			      "is not 1 to 255 visible ASCII characters");
	if (!members->fingerprint.text ||
	    !decode_fingerprint(members->fingerprint, event->fingerprint))
		return refuse(error, "fingerprint",
			      "is missing or not 32 hex digits");
	return FAULT_NONE;
}

/* They only help whoever looks for them: what is no id is no reason to refuse
 * the event. */
static void decode_trace(const struct members *members, struct event *event)
{
	const struct json_value *id = &members->request_id;
	const struct json_value *parent = &members->traceparent;
	char checked[TRACE_PARENT_LENGTH + 1];

	if (!id->text || id->kind != JSON_STRING ||
	    !trace_request_valid(id->text + 1, id->length - 2))
		return;
	event->request_id = id->text + 1;
	event->request_id_length = id->length - 2;
	if (parent->text && parent->kind == JSON_STRING &&
	    trace_parent_parse(parent->text + 1, parent->length - 2, checked))
		event->traceparent = parent->text + 1;
}

enum fault event_decode(const char *line, size_t length, char *scratch,
			size_t *used, struct event *event_r,
			struct error *error)
{
	const char *reason = json_check(line, length);
	struct event event = { 0 };
	struct members members;
	struct json_value root;

	if (reason == json_no_memory)
		return error_set(error, FAULT_TEMPORARY, 0, "%s", reason);
	if (reason)
		return refuse(error, "not JSON:", reason);
	root = json_root(line, length);
	if (root.kind != JSON_OBJECT)
		return refuse(error, "the line", "is no JSON object");
	collect(root, &members);
	if (decode_type(&members, &event, error) != FAULT_NONE ||
	    decode_identity(&members, &event, error) != FAULT_NONE ||
	    decode_history(&members, &event, error) != FAULT_NONE ||
	    decode_body(&members, scratch, used, &event, error) != FAULT_NONE ||
	    decode_key(&members, scratch, used, &event, error) != FAULT_NONE)
		return FAULT_PERMANENT;
	decode_trace(&members, &event);
	*event_r = event;
	return FAULT_NONE;
}
