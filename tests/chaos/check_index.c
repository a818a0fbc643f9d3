#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/chaos/check.h"
#include "tests/chaos/report.h"
#include "tests/integration/http.h"

#define PAGE 1000

/* Documents in the order of the rows, a page at a time. */
struct documents {
	cJSON *page;
	const cJSON *hit; /* the next one; NULL: no more */
	char after[128];  /* the last one's place, as JSON */
	bool broken;
};

struct key {
	uint64_t parts[3];
};

#define EXTRA_MAX 10000

struct comparison {
	struct documents documents;
	uint64_t rows, missing, different;
	struct key extra[EXTRA_MAX]; /* the first of them */
	uint64_t extra_count, explained;
};

static int compare_keys(const struct key *a, const struct key *b)
{
	for (int i = 0; i < 3; i++) {
		if (a->parts[i] != b->parts[i])
			return a->parts[i] < b->parts[i] ? -1 : 1;
	}
	return 0;
}

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static struct key key_of(const cJSON *hit)
{
	static const char *const names[] = { "app", "chat", "number" };
	const cJSON *source = member(hit, "_source");
	struct key key = { { 0 } };

	for (int i = 0; i < 3; i++) {
		const cJSON *part = member(source, names[i]);

		if (cJSON_IsNumber(part))
			key.parts[i] = (uint64_t)part->valuedouble;
	}
	return key;
}

static void fetch_page(struct documents *documents)
{
	const struct http_reply *reply;
	char url[512], query[512];

	cJSON_Delete(documents->page);
	snprintf(url, sizeof(url), "%s/confab-messages/_search",
		 environment("ELASTICSEARCH_URL"));
	snprintf(query, sizeof(query),
		 "{\"size\":%d,\"_source\":[\"app\",\"chat\",\"number\","
		 "\"body\"],\"sort\":[\"app\",\"chat\",\"number\"]%s%s}",
		 PAGE, documents->after[0] ? ",\"search_after\":" : "",
		 documents->after);
	reply = http_send("POST", NULL, query, url);
	documents->broken |= reply->status != 200;
	documents->page = cJSON_ParseWithLength(reply->body, reply->length);
	documents->hit = NULL;
	if (reply->status == 200)
		documents->hit = cJSON_GetArrayItem(
			member(member(documents->page, "hits"), "hits"), 0);
}

static void go_on(struct documents *documents)
{
	struct key key = key_of(documents->hit);

	documents->hit = documents->hit->next;
	if (documents->hit)
		return;
	snprintf(documents->after, sizeof(documents->after),
		 "[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", key.parts[0],
		 key.parts[1], key.parts[2]);
	fetch_page(documents);
}

static void note(uint64_t *count, const char *what, const struct key *key)
{
	++*count;
	report_problem("%s: application %" PRIu64 " chat %" PRIu64
		       " number %" PRIu64,
		       what, key->parts[0], key->parts[1], key->parts[2]);
}

static void note_extra(struct comparison *comparison, const struct key *key)
{
	if (comparison->extra_count < EXTRA_MAX)
		comparison->extra[comparison->extra_count] = *key;
	comparison->extra_count++;
}

/* The indexer has a queue of its own, so it has also taken events that the
 * persister refused as collisions; no search shows what has no row. */
static void explain_extra(struct comparison *comparison, MYSQL *sql)
{
	for (size_t i = 0; i < comparison->extra_count && i < EXTRA_MAX; i++) {
		const struct key *key = &comparison->extra[i];
		uint64_t unexplained = 0;
		char query[256];

		snprintf(query, sizeof(query),
			 "SELECT COUNT(*) FROM dead_letters WHERE reason = "
			 "'collision' AND application_id = %" PRIu64
			 " AND chat_number = %" PRIu64 " AND number = %" PRIu64,
			 key->parts[0], key->parts[1], key->parts[2]);
		if (database_number(sql, query) > 0)
			comparison->explained++;
		else
			note(&unexplained, "a document without a row", key);
	}
}

static bool same_text(const cJSON *hit, const char *text, size_t length)
{
	const cJSON *body = member(member(hit, "_source"), "body");

	return cJSON_IsString(body) && strlen(body->valuestring) == length &&
	       memcmp(body->valuestring, text, length) == 0;
}

static void compare_row(void *context, char **columns,
			const unsigned long *lengths)
{
	struct comparison *comparison = context;
	struct documents *documents = &comparison->documents;
	struct key row, document;

	comparison->rows++;
	for (int i = 0; i < 3; i++)
		row.parts[i] = strtoull(columns[i], NULL, 10);
	while (documents->hit) {
		document = key_of(documents->hit);
		if (compare_keys(&document, &row) >= 0)
			break;
		note_extra(comparison, &document);
		go_on(documents);
	}
	if (!documents->hit || compare_keys(&document, &row) != 0) {
		note(&comparison->missing, "a row without a document", &row);
		return;
	}
	if (!same_text(documents->hit, columns[3], lengths[3]))
		note(&comparison->different, "another text in the index", &row);
	go_on(documents);
}

void check_index(MYSQL *sql)
{
	static struct comparison comparison;
	struct documents *documents = &comparison.documents;
	char url[512];

	if (environment("ELASTICSEARCH_URL")[0] == '\0')
		return;
	snprintf(url, sizeof(url), "%s/confab-messages/_refresh",
		 environment("ELASTICSEARCH_URL"));
	documents->broken = http_send("POST", NULL, NULL, url)->status != 200;
	fetch_page(documents);
	database_each(sql,
		      "SELECT application_id, chat_number, number, body "
		      "FROM messages "
		      "ORDER BY application_id, chat_number, number",
		      compare_row, &comparison);
	while (documents->hit && !documents->broken) {
		struct key key = key_of(documents->hit);

		note_extra(&comparison, &key);
		go_on(documents);
	}
	cJSON_Delete(documents->page);
	explain_extra(&comparison, sql);
	report_check(!documents->broken && comparison.missing == 0 &&
			     comparison.extra_count == comparison.explained &&
			     comparison.different == 0,
		     "the index equals the rows",
		     "%" PRIu64 " missing, %" PRIu64 " extra (%" PRIu64
		     " of events that became dead letters), %" PRIu64
		     " different of %" PRIu64 "%s",
		     comparison.missing, comparison.extra_count,
		     comparison.explained, comparison.different,
		     comparison.rows,
		     documents->broken ? "; the engine refuses" : "");
}
