#include "ctl/search_writes.h"

#include <string.h>

#include "common/clock.h"
#include "ctl/engine.h"

#define POLL_MS 50
#define AWAIT_MS 60000
#define TASKS_PATH "/_tasks?actions=indices:data/write/bulk*&group_by=none"

static bool is_same(const cJSON *a, const cJSON *b)
{
	const char *node = cJSON_GetStringValue(engine_find(a, "node"));
	const char *other = cJSON_GetStringValue(engine_find(b, "node"));

	return node != NULL && other != NULL && strcmp(node, other) == 0 &&
	       engine_u64(engine_find(a, "id")) ==
		       engine_u64(engine_find(b, "id"));
}

static bool goes_on(const cJSON *first, const cJSON *now)
{
	const cJSON *task, *other;

	cJSON_ArrayForEach(task, engine_find(first, "tasks"))
	{
		cJSON_ArrayForEach(other, engine_find(now, "tasks"))
		{
			if (is_same(task, other))
				return true;
		}
	}
	return false;
}

enum fault search_writes_await(struct elastic *elastic, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + AWAIT_MS;
	cJSON *first = NULL, *now = NULL;
	bool busy = true;
	enum fault fault =
		engine_call(elastic, "GET", TASKS_PATH, NULL, &first, error);

	if (fault == FAULT_NONE && !cJSON_IsArray(engine_find(first, "tasks")))
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the search engine did not list its tasks");
	while (fault == FAULT_NONE && busy) {
		fault = engine_call(elastic, "GET", TASKS_PATH, NULL, &now,
				    error);
		busy = fault == FAULT_NONE && goes_on(first, now);
		cJSON_Delete(now);
		now = NULL;
		if (busy && clock_monotonic_ms() > deadline)
			fault = error_set(error, FAULT_TEMPORARY, 0,
					  "the search engine does not finish "
					  "what it writes");
		if (busy)
			clock_sleep_ms(POLL_MS);
	}
	cJSON_Delete(first);
	return fault;
}
