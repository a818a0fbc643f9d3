#include "ctl/unstored.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/elastic_state.h"
#include "ctl/awaited_rows.h"
#include "ctl/ctl.h"
#include "ctl/engine.h"
#include "ctl/listing.h"
#include "ctl/search_index.h"

#define MINUTE_MS INT64_C(60000)
/* Clocks of those who accept and of this machine may differ. */
#define CLOCKS_MS (INT64_C(5) * MINUTE_MS)
#define COPY_DOCUMENTS 200u

struct copying {
	struct elastic *elastic;
	struct awaited_rows rows;
	struct listing_place missing[COPY_DOCUMENTS];
	size_t count;
	uint64_t copied;
};

/* ---- copying ---- */

static void append_wanted(const struct listing_place *place, struct buf *out)
{
	const struct event event = { .application_id = place->application_id,
				     .chat_number = place->chat_number,
				     .number = place->number };
	char id[ELASTIC_ID_SIZE];

	elastic_document_id(&event, id, sizeof(id));
	buf_printf(out, "%s{\"_id\":\"%s\",\"routing\":\"%" PRIu64 "\"}",
		   out->length > 0 ? "," : "", id, place->application_id);
}

static enum fault read_missing(struct copying *copying, cJSON **answer_r,
			       struct error *error)
{
	struct buf wanted = BUF_INIT, body = BUF_INIT;
	enum fault fault;

	for (size_t i = 0; i < copying->count; i++)
		append_wanted(&copying->missing[i], &wanted);
	buf_append_text(&body, "{\"docs\":[");
	buf_append(&body, wanted.data, wanted.length);
	buf_append_text(&body, "]}");
	if (wanted.failed || body.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = engine_call(copying->elastic, "POST",
				    "/" ELASTIC_ALIAS_CURRENT "/_mget",
				    body.data, answer_r, error);
	buf_release(&wanted);
	buf_release(&body);
	return fault;
}

/* As the event that has made the document. */
static bool append_copy(const cJSON *document, struct buf *bulk)
{
	const cJSON *source = engine_find(document, "_source");
	uint64_t version = engine_u64(engine_find(document, "_version"));
	const char *body = cJSON_GetStringValue(engine_find(source, "body"));
	struct event event = {
		.type = EVENT_MESSAGE_UPDATED,
		.generation = (uint32_t)(version >> 32),
		.revision = (uint32_t)version,
		.application_id = engine_u64(engine_find(source, "app")),
		.chat_number = engine_u64(engine_find(source, "chat")),
		.number = engine_u64(engine_find(source, "number")),
		.created_at_ms =
			(int64_t)engine_u64(engine_find(source, "created_at")),
		.body = body,
	};

	if (body == NULL)
		return false;
	event.body_length = strlen(body);
	elastic_append_document(&event, bulk);
	return true;
}

static void judge(void *context, size_t action, long status, const char *type)
{
	enum fault *worst = context;
	enum fault fault = elastic_classify(status);

	(void)action;
	(void)type;
	if (fault != FAULT_NONE)
		*worst = fault;
}

static enum fault write_copies(struct copying *copying, const struct buf *bulk,
			       size_t actions, struct error *error)
{
	enum fault worst = FAULT_NONE;
	enum fault fault;

	if (bulk->failed)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (actions == 0)
		return FAULT_NONE;
	fault = elastic_bulk(copying->elastic, ELASTIC_ALIAS_BUILDING, bulk,
			     actions, judge, &worst, error);
	if (fault == FAULT_NONE && worst != FAULT_NONE)
		fault = error_set(error, worst, 0,
				  "the search engine did not take a copy");
	if (fault == FAULT_NONE)
		copying->copied += actions;
	return fault;
}

static enum fault copy(struct copying *copying, struct error *error)
{
	struct buf bulk = BUF_INIT;
	cJSON *answer = NULL;
	const cJSON *document;
	size_t actions = 0;
	enum fault fault;

	fault = awaited_rows_filter(&copying->rows, copying->missing,
				    &copying->count, error);
	if (fault != FAULT_NONE || copying->count == 0)
		return fault;
	fault = read_missing(copying, &answer, error);
	cJSON_ArrayForEach(document, engine_find(answer, "docs"))
	{
		if (append_copy(document, &bulk))
			actions++;
	}
	if (fault == FAULT_NONE)
		fault = write_copies(copying, &bulk, actions, error);
	copying->count = 0;
	cJSON_Delete(answer);
	buf_release(&bulk);
	return fault;
}

/* ---- comparing ---- */

/* Both listings are in the same order. */
static enum fault compare_minute(struct copying *copying, struct listing *old,
				 struct listing *new, struct error *error)
{
	const struct listing_place *wanted = NULL, *there = NULL;
	enum fault fault = listing_next(copying->elastic, new, &there, error);

	while (fault == FAULT_NONE) {
		fault = listing_next(copying->elastic, old, &wanted, error);
		if (fault != FAULT_NONE || wanted == NULL)
			break;
		while (fault == FAULT_NONE && there != NULL &&
		       listing_compare(there, wanted) < 0)
			fault = listing_next(copying->elastic, new, &there,
					     error);
		if (fault != FAULT_NONE ||
		    (there != NULL && listing_compare(there, wanted) == 0))
			continue;
		copying->missing[copying->count++] = *wanted;
		if (copying->count == COPY_DOCUMENTS)
			fault = copy(copying, error);
	}
	return fault == FAULT_NONE ? copy(copying, error) : fault;
}

static enum fault look_closer(struct copying *copying, int64_t minute_ms,
			      struct error *error)
{
	struct listing *lists = calloc(2, sizeof(*lists));
	enum fault fault;

	if (lists == NULL)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	lists[0].index = ELASTIC_ALIAS_CURRENT;
	lists[1].index = ELASTIC_ALIAS_BUILDING;
	for (int i = 0; i < 2; i++) {
		lists[i].from_ms = minute_ms;
		lists[i].to_ms = minute_ms + MINUTE_MS;
	}
	fault = compare_minute(copying, &lists[0], &lists[1], error);
	free(lists);
	return fault;
}

/* {"key":..,"doc_count":..,"numbers":{"value":..},"chats":{"value":..}} for
 * each minute that has documents. */
static enum fault count_minutes(struct elastic *elastic, const char *index,
				int64_t since_ms, cJSON **answer_r,
				struct error *error)
{
	char path[128], body[512];

	snprintf(path, sizeof(path), "/%s/_search?filter_path=aggregations",
		 index);
	snprintf(body, sizeof(body),
		 "{\"size\":0,\"query\":{\"range\":{\"created_at\":{"
		 "\"gte\":%" PRId64 ",\"lt\":%" PRId64 "}}},"
		 "\"aggs\":{\"minutes\":{\"date_histogram\":{"
		 "\"field\":\"created_at\",\"fixed_interval\":\"1m\","
		 "\"min_doc_count\":1},\"aggs\":{"
		 "\"numbers\":{\"sum\":{\"field\":\"number\"}},"
		 "\"chats\":{\"sum\":{\"field\":\"chat\"}}}}}}",
		 since_ms - UNSTORED_WINDOW_MS, since_ms + CLOCKS_MS);
	return engine_call(elastic, "POST", path, body, answer_r, error);
}

static const cJSON *find_minute(const cJSON *buckets, uint64_t key)
{
	const cJSON *bucket;

	cJSON_ArrayForEach(bucket, buckets)
	{
		if (engine_u64(engine_find(bucket, "key")) == key)
			return bucket;
	}
	return NULL;
}

static bool is_same(const cJSON *a, const cJSON *b)
{
	static const char *const figures[] = { "doc_count", "numbers.value",
					       "chats.value" };

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		if (engine_u64(engine_find(a, figures[i])) !=
		    engine_u64(engine_find(b, figures[i])))
			return false;
	return true;
}

enum fault unstored_copy(struct ctl *ctl, int64_t since_ms, uint64_t *copied_r,
			 struct error *error)
{
	static const char minutes[] = "aggregations.minutes.buckets";
	struct elastic *elastic = ctl->elastic;
	struct copying copying = { .elastic = elastic, .rows = { ctl, 0 } };
	cJSON *old = NULL, *new = NULL;
	const cJSON *bucket;
	enum fault fault =
		search_index_refresh(elastic, ELASTIC_ALIAS_CURRENT, error);

	if (fault == FAULT_NONE)
		fault = search_index_refresh(elastic, ELASTIC_ALIAS_BUILDING,
					     error);
	if (fault == FAULT_NONE)
		fault = count_minutes(elastic, ELASTIC_ALIAS_CURRENT, since_ms,
				      &old, error);
	if (fault == FAULT_NONE)
		fault = count_minutes(elastic, ELASTIC_ALIAS_BUILDING, since_ms,
				      &new, error);
	cJSON_ArrayForEach(bucket, engine_find(old, minutes))
	{
		uint64_t key = engine_u64(engine_find(bucket, "key"));

		if (fault == FAULT_NONE &&
		    !is_same(bucket,
			     find_minute(engine_find(new, minutes), key)))
			fault = look_closer(&copying, (int64_t)key, error);
	}
	cJSON_Delete(old);
	cJSON_Delete(new);
	*copied_r += copying.copied;
	return fault;
}
