#include "ctl/listing.h"

#include <inttypes.h>
#include <stdio.h>

#include "ctl/engine.h"

int listing_compare(const struct listing_place *a,
		    const struct listing_place *b)
{
	if (a->application_id != b->application_id)
		return a->application_id < b->application_id ? -1 : 1;
	if (a->chat_number != b->chat_number)
		return a->chat_number < b->chat_number ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return 0;
}

static void append_request(const struct listing *listing, struct buf *body)
{
	const struct listing_place *last;

	buf_printf(body,
		   "{\"size\":%u,\"track_total_hits\":false,"
		   "\"stored_fields\":\"_none_\",\"query\":{\"range\":"
		   "{\"created_at\":{\"gte\":%" PRId64 ",\"lt\":%" PRId64
		   "}}},\"sort\":[{\"app\":\"asc\"},{\"chat\":\"asc\"},"
		   "{\"number\":\"asc\"}]",
		   LISTING_PAGE, listing->from_ms, listing->to_ms);
	if (listing->count > 0) {
		last = &listing->page[listing->count - 1];
		buf_printf(body,
			   ",\"search_after\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64
			   "]",
			   last->application_id, last->chat_number,
			   last->number);
	}
	buf_append_char(body, '}');
}

static void read_page(struct listing *listing, const cJSON *answer)
{
	const cJSON *hit;
	size_t count = 0;

	cJSON_ArrayForEach(hit, engine_find(answer, "hits.hits"))
	{
		const cJSON *app =
			cJSON_GetArrayItem(engine_find(hit, "sort"), 0);

		if (count == LISTING_PAGE || app == NULL || app->next == NULL ||
		    app->next->next == NULL)
			break;
		listing->page[count++] =
			(struct listing_place){ engine_u64(app),
						engine_u64(app->next),
						engine_u64(app->next->next) };
	}
	listing->ended = count == 0;
	listing->count = count;
	listing->at = 0;
}

static enum fault turn_page(struct elastic *elastic, struct listing *listing,
			    struct error *error)
{
	struct buf body = BUF_INIT;
	cJSON *answer = NULL;
	char path[128];
	enum fault fault;

	snprintf(path, sizeof(path), "/%s/_search?filter_path=hits.hits.sort",
		 listing->index);
	append_request(listing, &body);
	fault = body.failed
			? error_set(error, FAULT_TEMPORARY, 0, "out of memory")
			: engine_call(elastic, "POST", path, body.data, &answer,
				      error);
	if (fault == FAULT_NONE)
		read_page(listing, answer);
	cJSON_Delete(answer);
	buf_release(&body);
	return fault;
}

enum fault listing_next(struct elastic *elastic, struct listing *listing,
			const struct listing_place **place_r,
			struct error *error)
{
	enum fault fault = FAULT_NONE;

	if (!listing->ended && listing->at == listing->count)
		fault = turn_page(elastic, listing, error);
	if (fault == FAULT_NONE)
		*place_r =
			listing->ended ? NULL : &listing->page[listing->at++];
	return fault;
}
