#include "api/search_documents.h"

#include <cjson/cJSON.h>
#include <string.h>

/* As of the last refresh: making one for a reader would cost the engine. */
#define PATH "/" ELASTIC_ALIAS "/_mget?realtime=false&_source=body"

static void append_document(const struct search_place *place, struct buf *out)
{
	const struct event event = { .application_id = place->application_id,
				     .chat_number = place->chat_number,
				     .number = place->number };
	char id[ELASTIC_ID_SIZE];

	elastic_document_id(&event, id, sizeof(id));
	buf_printf(out, "{\"_id\":\"%s\",\"routing\":\"", id);
	buf_append_u64(out, place->application_id);
	buf_append_text(out, "\"}");
}

static void append_body(const struct search_place *places, size_t count,
			struct buf *out)
{
	buf_append_text(out, "{\"docs\":[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(out, ',');
		append_document(&places[i], out);
	}
	buf_append_text(out, "]}");
}

/* The documents come in the order of the request. */
static enum fault read_answer(const struct elastic_answer *answer, size_t count,
			      search_document_fn *take, void *context,
			      struct error *error)
{
	cJSON *tree = cJSON_ParseWithLength(answer->body, answer->length);
	const cJSON *docs = cJSON_GetObjectItemCaseSensitive(tree, "docs");
	const cJSON *item;
	size_t i = 0;

	if (!cJSON_IsArray(docs) || (size_t)cJSON_GetArraySize(docs) != count) {
		cJSON_Delete(tree);
		return error_set(error, FAULT_PERMANENT, 0,
				 "_mget: not the documents");
	}
	cJSON_ArrayForEach(item, docs)
	{
		const cJSON *source =
			cJSON_GetObjectItemCaseSensitive(item, "_source");
		const char *text = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(source, "body"));

		if (text)
			take(context, i, text, strlen(text));
		i++;
	}
	cJSON_Delete(tree);
	return FAULT_NONE;
}

enum fault search_documents_read(struct elastic *elastic,
				 const struct search_place *places,
				 size_t count, int timeout_ms,
				 search_document_fn *take, void *context,
				 struct error *error)
{
	struct elastic_answer answer = { 0 };
	struct buf body = BUF_INIT;
	enum fault fault;

	append_body(places, count, &body);
	if (body.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = elastic_request(elastic, "POST", PATH, body.data,
					body.length, NULL, timeout_ms, &answer,
					error);
	buf_release(&body);
	if (fault != FAULT_NONE)
		return fault;
	if (answer.status != 200)
		return error_set(error, FAULT_TEMPORARY, (int)answer.status,
				 "_mget: HTTP %ld", answer.status);
	return read_answer(&answer, count, take, context, error);
}
