#include "common/elastic_state.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"

#define STATE_TIMEOUT_MS 2000
/* Another process may create or exchange the index between two looks. */
#define LOOKS 3

#define STATE_PATH                                                             \
	"/" ELASTIC_ALIAS "," ELASTIC_ALIAS_BUILDING                           \
	"?ignore_unavailable=true&filter_path=*.aliases,*.mappings._meta"

/* ---- reading ---- */

static bool find_object(struct json_value parent, const char *name,
			struct json_value *value_r)
{
	return json_member(parent, name, value_r) &&
	       value_r->kind == JSON_OBJECT;
}

static uint64_t number_in(struct json_value object, const char *name)
{
	struct json_value value;
	uint64_t number;

	return json_member(object, name, &value) && json_u64(value, &number)
		       ? number
		       : 0;
}

static void read_progress(struct json_value meta,
			  struct elastic_progress *progress)
{
	struct json_value saved;

	if (!find_object(meta, "reindex", &saved))
		return;
	progress->since_ms = (int64_t)number_in(saved, "since");
	progress->application_id = number_in(saved, "application");
	progress->chat_number = number_in(saved, "chat");
	progress->number = number_in(saved, "number");
	progress->rows = number_in(saved, "rows");
	progress->total = number_in(saved, "total");
}

static bool read_meta(struct json_value index, struct json_value *meta_r)
{
	struct json_value mappings;

	return find_object(index, "mappings", &mappings) &&
	       find_object(mappings, "_meta", meta_r);
}

static void read_index(struct json_value name, struct json_value index,
		       struct elastic_index *index_r)
{
	struct json_value meta;
	uint64_t version = 1;

	snprintf(index_r->name, sizeof(index_r->name), "%.*s",
		 (int)(name.length - 2), name.text + 1);
	if (read_meta(index, &meta) && number_in(meta, "version") > 0)
		version = number_in(meta, "version");
	index_r->version = (unsigned)version;
}

static bool takes_writes(struct json_value alias)
{
	struct json_value flag;

	return !json_member(alias, "is_write_index", &flag) ||
	       flag.kind != JSON_FALSE;
}

static void read_entry(struct json_value name, struct json_value index,
		       struct elastic_state *state)
{
	struct json_value aliases, alias, meta;

	if (!json_string_is_plain(name) ||
	    !find_object(index, "aliases", &aliases))
		return;
	if (find_object(aliases, ELASTIC_ALIAS, &alias)) {
		read_index(name, index, &state->current);
		state->writable = takes_writes(alias);
	}
	if (find_object(aliases, ELASTIC_ALIAS_BUILDING, &alias)) {
		read_index(name, index, &state->building);
		if (read_meta(index, &meta))
			read_progress(meta, &state->progress);
	}
}

enum fault elastic_read_state(struct elastic *elastic,
			      struct elastic_state *state_r,
			      struct error *error)
{
	struct elastic_answer answer = { 0 };
	struct json_value root, name, index;
	size_t position = 0;
	enum fault fault =
		elastic_request(elastic, "GET", STATE_PATH, NULL, 0, NULL,
				STATE_TIMEOUT_MS, &answer, error);

	if (fault != FAULT_NONE)
		return fault;
	if (answer.status != 200)
		return error_set(error, FAULT_TEMPORARY, (int)answer.status,
				 "looking at the index: HTTP %ld",
				 answer.status);
	*state_r = (struct elastic_state){ 0 };
	if (json_check(answer.body, answer.length) != NULL)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "looking at the index: not JSON");
	root = json_root(answer.body, answer.length);
	while (root.kind == JSON_OBJECT &&
	       json_next(root, &position, &name, &index))
		if (index.kind == JSON_OBJECT)
			read_entry(name, index, state_r);
	return FAULT_NONE;
}

/* ---- judging ---- */

static bool fits(const struct elastic_index *index)
{
	return index->version == ELASTIC_MAPPING_VERSION;
}

enum fault elastic_check_fit(const struct elastic_state *state,
			     struct error *error)
{
	if (!*state->current.name || fits(&state->current))
		return FAULT_NONE;
	return error_set(error, FAULT_TEMPORARY, ELASTIC_MISFIT,
			 "the search index has mapping %u and this program "
			 "needs %u: run confabctl reindex",
			 state->current.version, ELASTIC_MAPPING_VERSION);
}

static enum fault find_both(const struct elastic_state *state,
			    struct elastic_targets *targets_r,
			    struct error *error)
{
	struct elastic_targets targets = { { NULL, NULL }, 0 };

	if (!*state->building.name)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "a rebuilding of the search index was broken "
				 "off: run confabctl reindex");
	if (!fits(&state->building))
		return error_set(error, FAULT_TEMPORARY, ELASTIC_MISFIT,
				 "a search index with mapping %u is being "
				 "built and this program writes %u: start the "
				 "same version everywhere",
				 state->building.version,
				 ELASTIC_MAPPING_VERSION);
	if (fits(&state->current))
		targets.aliases[targets.count++] = ELASTIC_ALIAS_CURRENT;
	targets.aliases[targets.count++] = ELASTIC_ALIAS_BUILDING;
	*targets_r = targets;
	return FAULT_NONE;
}

enum fault elastic_find_targets(struct elastic *elastic,
				struct elastic_targets *targets_r,
				struct error *error)
{
	struct elastic_state state = { 0 };
	enum fault fault = FAULT_NONE;

	for (int look = 0; look < LOOKS && !*state.current.name; look++) {
		if (look > 0)
			fault = elastic_create_missing(elastic, &state, error);
		if (fault == FAULT_NONE)
			fault = elastic_read_state(elastic, &state, error);
		if (fault != FAULT_NONE)
			return fault;
	}
	if (!*state.current.name)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the search index is missing");
	if (!state.writable)
		return find_both(&state, targets_r, error);
	fault = elastic_check_fit(&state, error);
	if (fault == FAULT_NONE)
		*targets_r = (struct elastic_targets){ { ELASTIC_ALIAS }, 1 };
	return fault;
}
