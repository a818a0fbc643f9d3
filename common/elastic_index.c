#include "common/elastic.h"

#include <string.h>

#include "common/elastic_state.h"

#define INDEX_TIMEOUT_MS 10000

/*
 * The mapping; whatever changes in it needs another ELASTIC_MAPPING_VERSION.
 * `text` holds the words of common/text.h, so the engine only splits at blanks;
 * its prefixes are indexed, which makes a word start a single term. `body` is
 * kept for answers and not searched. An unsearched index without a
 * refresh_interval of its own stops refreshing.
 */
static const char settings[] = "\"settings\":{\"index\":{"
			       "\"number_of_shards\":1,"
			       "\"auto_expand_replicas\":\"0-1\","
			       "\"refresh_interval\":\"%s\"}}";
static const char mappings[] =
	"\"dynamic\":\"strict\","
	"\"_routing\":{\"required\":true},"
	"\"_source\":{\"excludes\":[\"text\"]},"
	"\"properties\":{"
	"\"app\":{\"type\":\"long\"},"
	"\"chat\":{\"type\":\"long\"},"
	"\"number\":{\"type\":\"long\"},"
	"\"created_at\":{\"type\":\"date\",\"format\":\"epoch_millis\"},"
	"\"body\":{\"type\":\"text\",\"index\":false},"
	"\"text\":{\"type\":\"text\",\"analyzer\":\"whitespace\","
	"\"index_prefixes\":{\"min_chars\":1,\"max_chars\":10}}}";

static enum fault refused(const char *what, const struct elastic_answer *answer,
			  struct error *error)
{
	enum fault fault = elastic_classify(answer->status);

	/* The engine's reasons here quote names, not documents. */
	return error_set(error, fault == FAULT_NONE ? FAULT_TEMPORARY : fault,
			 (int)answer->status, "%s: HTTP %ld: %.120s", what,
			 answer->status, answer->body);
}

enum fault elastic_create_index(struct elastic *elastic, const char *index,
				const char *aliases, const char *refresh,
				struct error *error)
{
	struct elastic_answer answer = { 0 };
	struct buf path = BUF_INIT, body = BUF_INIT;
	enum fault fault;

	buf_printf(&path, "/%s", index);
	buf_printf(&body, "{\"aliases\":%s,", aliases);
	buf_printf(&body, settings, refresh);
	buf_printf(&body, ",\"mappings\":{\"_meta\":{\"version\":%u},%s}}",
		   ELASTIC_MAPPING_VERSION, mappings);
	if (path.failed || body.failed)
		fault = error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	else
		fault = elastic_request(elastic, "PUT", path.data, body.data,
					body.length, NULL, INDEX_TIMEOUT_MS,
					&answer, error);
	if (fault == FAULT_NONE && answer.status != 200)
		fault = refused("creating the index", &answer, error);
	buf_release(&path);
	buf_release(&body);
	return fault;
}

/* While another index is being built, writers go to both. */
static const char usual_aliases[] = "{\"" ELASTIC_ALIAS "\":{}}";
static const char rebuilding_aliases[] =
	"{\"" ELASTIC_ALIAS "\":{\"is_write_index\":false},"
	"\"" ELASTIC_ALIAS_CURRENT "\":{}}";
#define ADD_ALIAS "{\"add\":{\"index\":\"" ELASTIC_INDEX "\",\"alias\":\""
static const char add_usual[] =
	"{\"actions\":[" ADD_ALIAS ELASTIC_ALIAS "\"}}]}";
static const char add_rebuilding[] =
	"{\"actions\":[" ADD_ALIAS ELASTIC_ALIAS
	"\",\"is_write_index\":false}}," ADD_ALIAS ELASTIC_ALIAS_CURRENT
	"\"}}]}";

/* The index is there without its alias: someone removed it. */
static enum fault add_aliases(struct elastic *elastic, const char *body,
			      struct error *error)
{
	struct elastic_answer answer = { 0 };
	enum fault fault = elastic_request(elastic, "POST", "/_aliases", body,
					   strlen(body), NULL, INDEX_TIMEOUT_MS,
					   &answer, error);

	if (fault == FAULT_NONE && answer.status != 200)
		fault = refused("adding the alias", &answer, error);
	return fault;
}

enum fault elastic_create_missing(struct elastic *elastic,
				  const struct elastic_state *state,
				  struct error *error)
{
	bool rebuilding = *state->building.name != '\0';
	struct error failure = ERROR_INIT;
	enum fault fault = elastic_create_index(elastic, ELASTIC_INDEX,
						rebuilding ? rebuilding_aliases
							   : usual_aliases,
						ELASTIC_REFRESH, &failure);

	if (failure.code == 400 &&
	    strstr(failure.text, "resource_already_exists") != NULL)
		return add_aliases(elastic,
				   rebuilding ? add_rebuilding : add_usual,
				   error);
	if (fault != FAULT_NONE && error != NULL)
		*error = failure;
	return fault;
}

enum fault elastic_ensure_index(struct elastic *elastic, struct error *error)
{
	struct elastic_state state;
	enum fault fault = elastic_read_state(elastic, &state, error);

	if (fault != FAULT_NONE || *state.current.name)
		return fault;
	return elastic_create_missing(elastic, &state, error);
}
