#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/paging.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Search finds the same with Elasticsearch and without. */

static const char *const texts[] = {
	"Hello, world!",
	"Hello again: the caf\xc3\xa9 is open",
	"The CAFE closes at noon",
	"Hauptstra\xc3\x9f"
	"e 7, next to the harbour",
	"HAUPTSTRASSE is closed",
	"an email to anna.karenina@example.com about the timetable",
	"naive, na\xc3\xafve, NA\xc3\x8fVE",
	"rock'n'roll \xf0\x9f\x8e\xb8 \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2"
	"\xd0\xb5\xd1\x82",
	"helicopter",
};

/* A query, and the numbers of the messages that match, in order. */
static const struct {
	const char *query;
	const char *numbers;
} queries[] = {
	{ "q=hel", "1 2 9" },
	{ "q=hello", "1 2" },
	{ "q=HELLO", "1 2" },
	{ "query=hello", "1 2" },
	{ "q=wor+hel", "1" },
	{ "q=hello+nothing", "" },
	{ "q=cafe", "2 3" },
	{ "q=caf%C3%A9", "2 3" },
	{ "q=CAF%C3%89", "2 3" },
	{ "q=hauptstrasse", "4 5" },
	{ "q=Hauptstra%C3%9Fe", "4 5" },
	{ "q=naiv", "7" },
	{ "q=time", "6" },
	{ "q=table", "" },
	{ "q=%D0%BF%D1%80%D0%B8", "8" },
	{ "q=the", "2 3 4 6" },
	{ "q=close", "3 5" },
	{ "q=%22hello%22+AND", "" },
	{ "q=*", "" },
	{ "q=%28%21%3F", "" },
	{ "q=hellp&fuzzy=true", "1 2" },
	{ "q=hauptstrase&fuzzy=true", "4 5" },
	{ "q=hellp", "" },
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of the hits in order, as text. */
static const char *hits(const struct talk *talk, const char *query,
			const char *engine)
{
	static char text[256];
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/%llu/messages/search?%s",
		talk->token, (unsigned long long)talk->chat, query);
	uint64_t numbers[COUNT_OF(texts)];
	unsigned count;
	size_t at = 0;

	assert_status(reply, 200);
	count = reply_count(reply, "");
	assert_header(reply, "X-Search-Engine", engine);
	assert_in_range(count, 0, COUNT_OF(texts));
	for (unsigned i = 0; i < count; i++) {
		char path[32];

		snprintf(path, sizeof(path), "%u.number", i);
		numbers[i] = reply_number(reply, path);
	}
	qsort(numbers, count, sizeof(numbers[0]), by_number);
	text[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u",
				       i ? " " : "", (unsigned)numbers[i]);
	return text;
}

static unsigned check_queries(const struct talk *talk, const char *engine)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		const char *found = hits(talk, queries[i].query, engine);

		if (strcmp(found, queries[i].numbers) == 0)
			continue;
		print_error("%s: %s finds \"%s\" and not \"%s\"\n", engine,
			    queries[i].query, found, queries[i].numbers);
		wrong++;
	}
	return wrong;
}

static void test_elasticsearch(void **state)
{
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, COUNT_OF(texts));
	assert_int_equal(check_queries(&talk, "elasticsearch"), 0);
}

static bool answered_by_sql(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages/search?q=hello",
		talk->token);
	const char *engine;

	if (reply->status != 200)
		return false;
	engine = http_header(reply, "X-Search-Engine");
	return engine && strcmp(engine, "sql") == 0;
}

static void test_sql(void **state)
{
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, COUNT_OF(texts));
	stack_stop("elasticsearch");
	assert_becomes(answered_by_sql, &talk, COUNTED_MS);
	assert_int_equal(check_queries(&talk, "sql"), 0);
	assert_members(api("GET", NULL,
			   "/applications/%s/chats/1/messages/search?q=hello",
			   talk.token),
		       "0", "number body created_at score");
}

/* ---- the rows are the truth ---- */

static unsigned count_hits(const struct talk *talk, const char *query)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/messages/search?q=%s",
		    talk->token, query);

	assert_status(reply, 200);
	return reply_count(reply, "");
}

static bool new_text_is_found(void *context)
{
	return count_hits(context, "evening") == 1;
}

/* Whatever the index still says, what is shown is the text, and it matches. */
static void test_edited(void **state)
{
	static const char *const old[] = { "good morning", "morning tea" };
	struct talk talk;

	(void)state;
	create_talk(&talk, old, 2);
	assert_int_equal(count_hits(&talk, "morning"), 2);
	assert_status(api("PATCH", "{\"message\":{\"body\":\"good evening\"}}",
			  "/applications/%s/chats/1/messages/1", talk.token),
		      200);
	assert_int_equal(count_hits(&talk, "morning"), 1);
	assert_becomes(new_text_is_found, &talk, STORED_MS);
	assert_int_equal(count_hits(&talk, "good"), 1);
	assert_int_equal(count_hits(&talk, "morning"), 1);
}

static bool is_indexed(void *context)
{
	const struct talk *talk = context;

	return store_documents(talk->application) == 2;
}

static bool is_found(void *context)
{
	return count_hits(context, "early") == 1;
}

/* The index is not behind the rows, and a page may be of both. */
static void test_indexed_before_stored(void **state)
{
	static const char *const first[] = { "early morning" };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, first, 1);
	stack_stop("persister");
	create_message(talk.token, 1, "early bird");
	assert_becomes(is_indexed, &talk, COUNTED_MS);
	reply = api("GET", NULL, "/applications/%s/messages/search?q=early",
		    talk.token);
	assert_string_equal(paging_numbers(reply, "number"), "2 1");
	assert_string_equal(reply_text(reply, "0.body"), "early bird");
	assert_int_equal(store_rows(talk.application), 1);
}

/* A known tenant's search needs the engine alone. */
static void test_without_sql(void **state)
{
	static const char *const text[] = { "early morning" };
	struct talk talk;

	(void)state;
	create_talk(&talk, text, 1);
	assert_int_equal(count_hits(&talk, "early"), 1);
	stack_stop(sql_service());
	assert_becomes(is_found, &talk, COUNTED_MS);
}

/* Whatever is asked for, one tenant never sees another's. */
static void test_tenants_are_apart(void **state)
{
	static const char *const ours[] = { "secretword of ours" };
	static const char *const theirs[] = { "secretword of theirs" };
	const struct http_reply *reply;
	struct talk a, b;

	(void)state;
	create_talk(&a, ours, 1);
	create_talk(&b, theirs, 1);
	reply = api("GET", NULL, "/applications/%s/messages/search?q=secret",
		    a.token);
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 1);
	assert_string_equal(reply_text(reply, "0.body"), ours[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elasticsearch),
		cmocka_unit_test_teardown(test_sql, stack_repair),
		cmocka_unit_test(test_edited),
		cmocka_unit_test_teardown(test_indexed_before_stored,
					  stack_repair),
		cmocka_unit_test_teardown(test_without_sql, stack_repair),
		cmocka_unit_test(test_tenants_are_apart),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
