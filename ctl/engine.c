#include "ctl/engine.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 30000

enum fault engine_call(struct elastic *elastic, const char *method,
		       const char *path, const char *body, cJSON **answer_r,
		       struct error *error)
{
	struct elastic_answer answer;
	enum fault fault = elastic_request(elastic, method, path, body,
					   body != NULL ? strlen(body) : 0,
					   NULL, TIMEOUT_MS, &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	if (answer.status != 200)
		return error_set(error, elastic_classify(answer.status),
				 (int)answer.status,
				 "the search engine answered %ld to %s %s",
				 answer.status, method, path);
	if (answer_r == NULL)
		return FAULT_NONE;
	*answer_r = cJSON_ParseWithLength(answer.body, answer.length);
	if (*answer_r == NULL)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the search engine answered no JSON");
	return FAULT_NONE;
}

const cJSON *engine_find(const cJSON *object, const char *path)
{
	char name[64];

	while (object != NULL && *path != '\0') {
		size_t length = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		object = cJSON_GetObjectItemCaseSensitive(object, name);
		path += length + (path[length] == '.');
	}
	return object;
}

uint64_t engine_u64(const cJSON *item)
{
	return cJSON_IsNumber(item) && item->valuedouble >= 0
		       ? (uint64_t)item->valuedouble
		       : 0;
}
