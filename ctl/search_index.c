#include "ctl/search_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "ctl/engine.h"
#include "ctl/search_aliases.h"
#include "ctl/search_writes.h"

/* While the new index takes the old one's place, the old one shows nothing new:
 * so all that a search could find before it finds after it. */
#define PAUSED_REFRESH "30s"
#define NO_REFRESH "-1"
/* A search that has begun in the old index ends in it. */
#define LAST_SEARCH_MS 2000

enum fault search_index_count(struct elastic *elastic, uint64_t *documents_r,
			      struct error *error)
{
	cJSON *answer = NULL;
	enum fault fault =
		engine_call(elastic, "GET", "/" ELASTIC_ALIAS "/_count", NULL,
			    &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	if (cJSON_IsNumber(engine_find(answer, "count")))
		*documents_r = engine_u64(engine_find(answer, "count"));
	else
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the search engine did not count");
	cJSON_Delete(answer);
	return fault;
}

/* "/name/what" */
static enum fault call_index(struct elastic *elastic, const char *method,
			     const char *name, const char *what,
			     const char *body, struct error *error)
{
	char path[128];

	snprintf(path, sizeof(path), "/%s%s", name, what);
	return engine_call(elastic, method, path, body, NULL, error);
}

enum fault search_index_refresh(struct elastic *elastic, const char *index,
				struct error *error)
{
	return call_index(elastic, "POST", index, "/_refresh", NULL, error);
}

static enum fault set_refresh(struct elastic *elastic, const char *index,
			      const char *interval, struct error *error)
{
	char body[64];

	snprintf(body, sizeof(body),
		 "{\"index\":{\"refresh_interval\":\"%s\"}}", interval);
	return call_index(elastic, "PUT", index, "/_settings", body, error);
}

/* ---- making ---- */

/* Nobody can find or write them: left over from a process that was killed. */
static enum fault delete_strays(struct elastic *elastic, struct error *error)
{
	cJSON *indexes = NULL;
	const cJSON *index;
	enum fault fault =
		engine_call(elastic, "GET", "/" ELASTIC_INDEX "*/_alias", NULL,
			    &indexes, error);

	cJSON_ArrayForEach(index, indexes)
	{
		if (fault == FAULT_NONE &&
		    cJSON_GetArraySize(engine_find(index, "aliases")) == 0)
			fault = call_index(elastic, "DELETE", index->string, "",
					   NULL, error);
	}
	cJSON_Delete(indexes);
	return fault;
}

static void make_name(char name_r[ELASTIC_INDEX_NAME_SIZE])
{
	snprintf(name_r, ELASTIC_INDEX_NAME_SIZE, ELASTIC_INDEX "-%" PRId64,
		 clock_wall_ms());
}

enum fault search_index_save(struct elastic *elastic, const char *name,
			     const struct elastic_progress *progress,
			     struct error *error)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"_meta\":{\"version\":%u,\"reindex\":{\"since\":%" PRId64
		 ",\"application\":%" PRIu64 ",\"chat\":%" PRIu64
		 ",\"number\":%" PRIu64 ",\"rows\":%" PRIu64
		 ",\"total\":%" PRIu64 "}}}",
		 ELASTIC_MAPPING_VERSION, progress->since_ms,
		 progress->application_id, progress->chat_number,
		 progress->number, progress->rows, progress->total);
	return call_index(elastic, "PUT", name, "/_mapping", body, error);
}

/* From the last step on, every writer is refused that does not write to
 * both. */
static enum fault start_anew(struct elastic *elastic,
			     const struct elastic_state *state, uint64_t total,
			     struct search_build *build, struct error *error)
{
	struct search_aliases aliases = SEARCH_ALIASES_INIT;
	const char *current = state->current.name;
	enum fault fault;

	make_name(build->name);
	build->progress =
		(struct elastic_progress){ .since_ms = clock_wall_ms(),
					   .total = total };
	fault = elastic_create_index(elastic, build->name, "{}", NO_REFRESH,
				     error);
	if (fault == FAULT_NONE)
		fault = search_index_save(elastic, build->name,
					  &build->progress, error);
	if (fault != FAULT_NONE)
		return fault;
	if (*state->building.name)
		search_aliases_delete_index(&aliases, state->building.name);
	search_aliases_add(&aliases, current, ELASTIC_ALIAS, false);
	search_aliases_add(&aliases, current, ELASTIC_ALIAS_CURRENT, true);
	search_aliases_add(&aliases, build->name, ELASTIC_ALIAS_BUILDING, true);
	return search_aliases_send(&aliases, elastic, error);
}

static bool can_go_on(const struct elastic_state *state)
{
	return *state->building.name && !state->writable &&
	       state->building.version == ELASTIC_MAPPING_VERSION &&
	       state->progress.since_ms > 0;
}

enum fault search_index_begin(struct elastic *elastic, bool restart,
			      uint64_t total, struct search_build *build_r,
			      struct error *error)
{
	struct search_build build = { .resumed = false };
	struct elastic_state state = { 0 };
	enum fault fault = elastic_ensure_index(elastic, error);

	if (fault == FAULT_NONE)
		fault = delete_strays(elastic, error);
	if (fault == FAULT_NONE)
		fault = elastic_read_state(elastic, &state, error);
	if (fault != FAULT_NONE)
		return fault;
	build.resumed = !restart && can_go_on(&state);
	if (build.resumed) {
		memcpy(build.name, state.building.name, sizeof(build.name));
		build.progress = state.progress;
		build.progress.total = total;
	} else {
		fault = start_anew(elastic, &state, total, &build, error);
	}
	if (fault == FAULT_NONE)
		fault = search_writes_await(elastic, error);
	if (fault == FAULT_NONE)
		*build_r = build;
	return fault;
}

/* ---- exchanging ---- */

static enum fault move_aliases(struct elastic *elastic, const char *from,
			       const char *to, struct error *error)
{
	struct search_aliases aliases = SEARCH_ALIASES_INIT;

	search_aliases_add(&aliases, to, ELASTIC_ALIAS, true);
	search_aliases_remove(&aliases, to, ELASTIC_ALIAS_BUILDING);
	search_aliases_remove(&aliases, from, ELASTIC_ALIAS);
	search_aliases_remove(&aliases, from, ELASTIC_ALIAS_CURRENT);
	return search_aliases_send(&aliases, elastic, error);
}

static enum fault exchange(struct elastic *elastic, const char *from,
			   const char *to, struct error *error)
{
	enum fault fault = set_refresh(elastic, from, PAUSED_REFRESH, error);

	if (fault == FAULT_NONE)
		fault = search_writes_await(elastic, error);
	if (fault == FAULT_NONE)
		fault = search_index_refresh(elastic, to, error);
	if (fault == FAULT_NONE)
		fault = move_aliases(elastic, from, to, error);
	if (fault != FAULT_NONE &&
	    set_refresh(elastic, from, ELASTIC_REFRESH, NULL) != FAULT_NONE)
		return fault; /* it shows new messages every 30 s meanwhile */
	return fault;
}

enum fault search_index_switch(struct elastic *elastic, const char *name,
			       struct error *error)
{
	struct elastic_state state = { 0 };
	enum fault fault = elastic_read_state(elastic, &state, error);

	if (fault == FAULT_NONE &&
	    (strcmp(state.building.name, name) != 0 || !*state.current.name))
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "somebody has exchanged the search index "
				  "meanwhile");
	if (fault == FAULT_NONE)
		fault = set_refresh(elastic, name, ELASTIC_REFRESH, error);
	if (fault == FAULT_NONE)
		fault = exchange(elastic, state.current.name, name, error);
	if (fault != FAULT_NONE)
		return fault;
	clock_sleep_ms(LAST_SEARCH_MS);
	return call_index(elastic, "DELETE", state.current.name, "", NULL,
			  error);
}

enum fault search_index_replace_empty(struct elastic *elastic,
				      struct error *error)
{
	struct search_aliases aliases = SEARCH_ALIASES_INIT;
	struct elastic_state state = { 0 };
	char name[ELASTIC_INDEX_NAME_SIZE];
	enum fault fault = elastic_read_state(elastic, &state, error);

	make_name(name);
	if (fault == FAULT_NONE)
		fault = elastic_create_index(elastic, name, "{}",
					     ELASTIC_REFRESH, error);
	if (fault != FAULT_NONE)
		return fault;
	search_aliases_add(&aliases, name, ELASTIC_ALIAS, true);
	if (*state.current.name)
		search_aliases_delete_index(&aliases, state.current.name);
	if (*state.building.name)
		search_aliases_delete_index(&aliases, state.building.name);
	return search_aliases_send(&aliases, elastic, error);
}
