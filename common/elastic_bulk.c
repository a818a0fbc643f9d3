#include "common/elastic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"

#define BULK_TIMEOUT_MS 8000
#define TYPE_SIZE 96
#define BAD_REQUEST 400
#define NOT_FOUND 404

/* ---- what is sent ---- */

void elastic_document_id(const struct event *event, char *id_r, size_t size)
{
	snprintf(id_r, size, "%" PRIu64 "-%" PRIu64 "-%" PRIu64,
		 event->application_id, event->chat_number, event->number);
}

static void append_member(struct buf *out, const char *name, uint64_t value)
{
	buf_append_char(out, '"');
	buf_append_text(out, name);
	buf_append_text(out, "\":");
	buf_append_u64(out, value);
	buf_append_char(out, ',');
}

/* A row that a newer generation of numbers has replaced begins at revision 1
 * again. The engine's versions are signed. */
static uint64_t document_version(const struct event *event)
{
	uint64_t generation = event->generation & INT32_MAX;

	return generation << 32 | event->revision;
}

static void append_action(const char *alias, const struct event *event,
			  struct buf *out)
{
	char id[ELASTIC_ID_SIZE];

	elastic_document_id(event, id, sizeof(id));
	buf_append_text(out, "{\"index\":{");
	if (alias != NULL) {
		buf_append_text(out, "\"_index\":\"");
		buf_append_text(out, alias);
		buf_append_text(out, "\",");
	}
	buf_append_text(out, "\"_id\":\"");
	buf_append_text(out, id);
	buf_append_text(out, "\",\"routing\":\"");
	buf_append_u64(out, event->application_id);
	buf_append_text(out, "\",\"version\":");
	buf_append_u64(out, document_version(event));
	buf_append_text(out, ",\"version_type\":\"external\"}}\n");
}

void elastic_append_document(const struct event *event, struct buf *out)
{
	elastic_append_document_to(NULL, event, out);
}

void elastic_append_document_to(const char *alias, const struct event *event,
				struct buf *out)
{
	struct buf words = BUF_INIT;
	const char *body = event->body != NULL ? event->body : "";
	int64_t created_at_ms = event->type == EVENT_MESSAGE_UPDATED
					? event->created_at_ms
					: event->at_ms;

	append_action(alias, event, out);
	buf_append_char(out, '{');
	append_member(out, "app", event->application_id);
	append_member(out, "chat", event->chat_number);
	append_member(out, "number", event->number);
	buf_append_text(out, "\"created_at\":");
	buf_append_i64(out, created_at_ms);
	buf_append_text(out, ",\"body\":");
	json_append_string(out, body, event->body_length);
	buf_append_text(out, ",\"text\":");
	if (!text_index_form(body, event->body_length, &words))
		out->failed = true;
	json_append_string(out, words.length > 0 ? words.data : "",
			   words.length);
	buf_append_text(out, "}\n");
	buf_release(&words);
}

/* ---- what is answered ---- */

static enum fault bad_answer(const char *why, struct error *error)
{
	return error_set(error, FAULT_UNSURE, 0,
			 "the search engine's answer: %s", why);
}

/* The engine's own word, cut to what fits; its reason is not taken, since it
 * may quote the document. */
static void read_error_type(struct json_value action, char *type_r)
{
	struct json_value error, type;
	size_t length;

	type_r[0] = '\0';
	if (!json_member(action, "error", &error) ||
	    error.kind != JSON_OBJECT || !json_member(error, "type", &type) ||
	    type.kind != JSON_STRING || !json_string_is_plain(type))
		return;
	length = type.length - 2;
	if (length >= TYPE_SIZE)
		length = TYPE_SIZE - 1;
	snprintf(type_r, TYPE_SIZE, "%.*s", (int)length, type.text + 1);
}

/* What the engine says, as 400, of an alias that takes no writes. */
static bool says_no_write_index(struct json_value action)
{
	static const char words[] = "\"no write index is defined";
	struct json_value error, reason;

	return json_member(action, "error", &error) &&
	       error.kind == JSON_OBJECT &&
	       json_member(error, "reason", &reason) &&
	       reason.length >= sizeof(words) &&
	       memcmp(reason.text, words, sizeof(words) - 1) == 0;
}

/* {"index":{"status":201}} */
static bool read_item(struct json_value item, long *status_r, char *type_r)
{
	struct json_value action, status;
	size_t position = 0;
	uint64_t value;

	if (item.kind != JSON_OBJECT ||
	    !json_next(item, &position, NULL, &action) ||
	    action.kind != JSON_OBJECT ||
	    !json_member(action, "status", &status) ||
	    !json_u64(status, &value) || value > 999)
		return false;
	*status_r = (long)value;
	if (value == BAD_REQUEST && says_no_write_index(action))
		*status_r = NOT_FOUND;
	read_error_type(action, type_r);
	return true;
}

static size_t count_elements(struct json_value array)
{
	struct json_value item;
	size_t position = 0, count = 0;

	while (json_next(array, &position, NULL, &item))
		count++;
	return count;
}

enum fault elastic_read_bulk_answer(const char *body, size_t length,
				    size_t actions, elastic_item_fn *item,
				    void *context, struct error *error)
{
	struct json_value root, items, element;
	char type[TYPE_SIZE];
	size_t position = 0;
	long status;

	if (json_check(body, length) != NULL)
		return bad_answer("not JSON", error);
	root = json_root(body, length);
	if (root.kind != JSON_OBJECT || !json_member(root, "items", &items) ||
	    items.kind != JSON_ARRAY || count_elements(items) != actions)
		return bad_answer("not an item for each action", error);
	for (size_t i = 0; json_next(items, &position, NULL, &element); i++) {
		if (!read_item(element, &status, type))
			return bad_answer("an item without a status", error);
		item(context, i, status, type);
	}
	return FAULT_NONE;
}

/* A request that was refused as a whole says nothing of any document: but for
 * its size, it waits for whoever mends the engine or its proxy. */
static enum fault refused(long status, struct error *error)
{
	const long too_large = 413;

	return error_set(
		error, status == too_large ? FAULT_PERMANENT : FAULT_TEMPORARY,
		(int)status, "_bulk: HTTP %ld", status);
}

enum fault elastic_bulk(struct elastic *elastic, const char *alias,
			const struct buf *body, size_t actions,
			elastic_item_fn *item, void *context,
			struct error *error)
{
	struct elastic_answer answer;
	char path[160];
	enum fault fault;

	snprintf(path, sizeof(path),
		 "/%s/_bulk?require_alias=true"
		 "&filter_path=errors,items.*.status,items.*.error.type,"
		 "items.*.error.reason",
		 alias);
	fault = elastic_request(elastic, "POST", path, body->data, body->length,
				"application/x-ndjson", BULK_TIMEOUT_MS,
				&answer, error);
	if (fault != FAULT_NONE)
		return fault;
	if (answer.status != 200)
		return refused(answer.status, error);
	return elastic_read_bulk_answer(answer.body, answer.length, actions,
					item, context, error);
}
