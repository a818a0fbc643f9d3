#include "ctl/search_index.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define TIMEOUT_MS 30000

/* Points to an index that is being built, and to none else. */
#define BUILD_ALIAS SEARCH_INDEX_BUILD_ALIAS

/* A request whose answer is to be `200`; the answer's JSON is for the caller
 * to delete, NULL when he does not want it. */
static enum fault call(struct elastic *elastic, const char *method,
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

enum fault search_index_count(struct elastic *elastic, uint64_t *documents_r,
			      struct error *error)
{
	cJSON *answer = NULL;
	const cJSON *count;
	enum fault fault = call(elastic, "GET", "/" ELASTIC_ALIAS "/_count",
				NULL, &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	count = cJSON_GetObjectItemCaseSensitive(answer, "count");
	if (cJSON_IsNumber(count) && count->valuedouble >= 0)
		*documents_r = (uint64_t)count->valuedouble;
	else
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the search engine did not count");
	cJSON_Delete(answer);
	return fault;
}

/* The indexes behind an alias are the names of the members of *indexes_r, for
 * the caller to delete; an object without members when there are none. */
static enum fault read_alias(struct elastic *elastic, const char *path,
			     cJSON **indexes_r, struct error *error)
{
	enum fault fault = call(elastic, "GET", path, NULL, indexes_r, error);

	if (fault == FAULT_NONE || error->code != 404)
		return fault;
	*indexes_r = cJSON_CreateObject();
	return *indexes_r != NULL
		       ? FAULT_NONE
		       : error_set(error, FAULT_TEMPORARY, 0, "out of memory");
}

static enum fault delete_index(struct elastic *elastic, const char *name,
			       struct error *error)
{
	struct buf path = BUF_INIT;
	enum fault fault;

	buf_append_char(&path, '/');
	buf_append_text(&path, name);
	fault = path.failed
			? error_set(error, FAULT_TEMPORARY, 0, "out of memory")
			: call(elastic, "DELETE", path.data, NULL, NULL, error);
	buf_release(&path);
	return fault;
}

static enum fault delete_leftovers(struct elastic *elastic, struct error *error)
{
	cJSON *indexes = NULL;
	const cJSON *index;
	enum fault fault =
		read_alias(elastic, "/_alias/" BUILD_ALIAS, &indexes, error);

	cJSON_ArrayForEach(index, indexes)
	{
		if (fault == FAULT_NONE)
			fault = delete_index(elastic, index->string, error);
	}
	cJSON_Delete(indexes);
	return fault;
}

enum fault search_index_build(struct elastic *elastic,
			      char name_r[SEARCH_INDEX_NAME_SIZE],
			      struct error *error)
{
	enum fault fault = elastic_ensure_index(elastic, error);

	if (fault == FAULT_NONE)
		fault = delete_leftovers(elastic, error);
	if (fault != FAULT_NONE)
		return fault;
	snprintf(name_r, SEARCH_INDEX_NAME_SIZE, ELASTIC_INDEX "-%" PRId64,
		 clock_wall_ms());
	return elastic_create_index(elastic, name_r, BUILD_ALIAS, error);
}

static void add_action(cJSON *actions, const char *verb, const char *index,
		       const char *alias)
{
	cJSON *action = cJSON_CreateObject();
	cJSON *what = cJSON_AddObjectToObject(action, verb);

	cJSON_AddStringToObject(what, "index", index);
	if (alias != NULL)
		cJSON_AddStringToObject(what, "alias", alias);
	cJSON_AddItemToArray(actions, action);
}

/* The text of a request to _aliases, free() it; NULL when memory is out. */
static char *switch_request(const cJSON *old_indexes, const char *name)
{
	cJSON *request = cJSON_CreateObject();
	cJSON *actions = cJSON_AddArrayToObject(request, "actions");
	const cJSON *old;
	char *text;

	add_action(actions, "add", name, ELASTIC_ALIAS);
	add_action(actions, "remove", name, BUILD_ALIAS);
	cJSON_ArrayForEach(old, old_indexes)
	{
		if (strcmp(old->string, name) != 0)
			add_action(actions, "remove_index", old->string, NULL);
	}
	text = cJSON_PrintUnformatted(request);
	cJSON_Delete(request);
	return text;
}

enum fault search_index_switch(struct elastic *elastic, const char *name,
			       struct error *error)
{
	cJSON *old_indexes = NULL;
	char *request = NULL;
	enum fault fault = read_alias(elastic, "/_alias/" ELASTIC_ALIAS,
				      &old_indexes, error);

	if (fault != FAULT_NONE)
		return fault;
	request = switch_request(old_indexes, name);
	if (request == NULL)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = call(elastic, "POST", "/_aliases", request, NULL,
			     error);
	free(request);
	cJSON_Delete(old_indexes);
	return fault;
}

enum fault search_index_replace_empty(struct elastic *elastic,
				      struct error *error)
{
	char name[SEARCH_INDEX_NAME_SIZE];
	enum fault fault = search_index_build(elastic, name, error);

	return fault == FAULT_NONE ? search_index_switch(elastic, name, error)
				   : fault;
}

enum fault search_index_refresh(struct elastic *elastic, const char *alias,
				struct error *error)
{
	char path[64];

	snprintf(path, sizeof(path), "/%s/_refresh", alias);
	return call(elastic, "POST", path, NULL, NULL, error);
}
