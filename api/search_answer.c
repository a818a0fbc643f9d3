#include <cjson/cJSON.h>
#include <stdlib.h>

#include "api/search_query.h"
#include "common/event.h"
#include "common/json.h"

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* cJSON's numbers are doubles; all of ours are whole and at most 2^53. */
static bool whole_number(const cJSON *item, uint64_t *out)
{
	double value;

	if (!cJSON_IsNumber(item))
		return false;
	value = item->valuedouble;
	if (!(value >= 0 && value <= (double)EVENT_NUMBER_MAX))
		return false;
	*out = (uint64_t)value;
	return true;
}

/* What it is sorted by, in the order of the request. */
static bool parse_place(const cJSON *hit, struct search_place *place)
{
	const cJSON *item = cJSON_GetArrayItem(member(hit, "sort"), 0);
	uint64_t created_at;

	if (!cJSON_IsNumber(item) || !whole_number(item->next, &created_at) ||
	    !whole_number(item->next->next, &place->application_id) ||
	    !whole_number(item->next->next->next, &place->chat_number) ||
	    !whole_number(item->next->next->next->next, &place->number))
		return false;
	place->score = (float)item->valuedouble;
	place->created_at_ms = (int64_t)created_at;
	return true;
}

static bool in_scope(const struct search_request *request,
		     const struct search_place *place)
{
	return (request->application_id == 0 ||
		request->application_id == place->application_id) &&
	       (request->chat_number == 0 ||
		request->chat_number == place->chat_number);
}

static enum fault parse_hits(const struct search_request *request,
			     const cJSON *list, struct search_result *result,
			     struct error *error)
{
	size_t count = (size_t)cJSON_GetArraySize(list);
	const cJSON *item;

	result->more = count > request->limit;
	if (count > request->limit)
		count = request->limit;
	if (count == 0)
		return FAULT_NONE;
	result->places = calloc(count, sizeof(*result->places));
	if (!result->places)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	cJSON_ArrayForEach(item, list)
	{
		struct search_place *place = &result->places[result->count];

		if (result->count == count)
			break;
		result->count++;
		if (!parse_place(item, place))
			return error_set(error, FAULT_PERMANENT, 0,
					 "a hit without our members");
		if (!in_scope(request, place))
			return error_set(error, FAULT_PERMANENT, 0,
					 "a hit from outside the scope");
	}
	return FAULT_NONE;
}

static enum fault parse_tree(const struct search_request *request,
			     const cJSON *tree, struct search_result *result,
			     struct error *error)
{
	const cJSON *list = member(member(tree, "hits"), "hits");
	uint64_t failed;

	if (!cJSON_IsArray(list))
		return error_set(error, FAULT_PERMANENT, 0, "no list of hits");
	if (!whole_number(member(member(tree, "_shards"), "failed"), &failed))
		return error_set(error, FAULT_PERMANENT, 0, "no shards");
	if (failed > 0)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "%llu shards failed",
				 (unsigned long long)failed);
	result->truncated = cJSON_IsTrue(member(tree, "timed_out"));
	return parse_hits(request, list, result, error);
}

/* cJSON does not say whether the text or the memory was at fault. */
static enum fault no_tree(const char *answer, size_t length,
			  struct error *error)
{
	const char *reason = json_check(answer, length);

	if (!reason || reason == json_no_memory)
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	return error_set(error, FAULT_PERMANENT, 0, "the answer is not JSON");
}

enum fault search_query_parse(const struct search_request *request,
			      const char *answer, size_t length,
			      struct search_result *result_r,
			      struct error *error)
{
	struct search_result result = SEARCH_RESULT_INIT;
	cJSON *tree = cJSON_ParseWithLength(answer, length);
	enum fault fault;

	if (!tree)
		return no_tree(answer, length, error);
	fault = parse_tree(request, tree, &result, error);
	cJSON_Delete(tree);
	if (fault == FAULT_NONE)
		*result_r = result;
	else
		search_result_release(&result);
	return fault;
}
