#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/stores.h"

/* Pages of lists, and the links between them. */

static const char *const texts[] = { "one", "two", "three", "four", "five" };
static struct talk talk;

static int prepare(void **state)
{
	(void)state;
	create_talk(&talk, texts, COUNT_OF(texts));
	return 0;
}

/* "1 2 3" of a list's numbers. */
static const char *numbers(const struct http_reply *reply)
{
	static char text[256];
	unsigned count = reply_count(reply, "");
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count && at < sizeof(text); i++) {
		char path[32];

		snprintf(path, sizeof(path), "%u.number", i);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u",
				       i ? " " : "",
				       (unsigned)reply_number(reply, path));
	}
	return text;
}

static const struct http_reply *list(const struct talk *of, const char *query)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1/messages%s",
		    of->token, query);

	assert_status(reply, 200);
	return reply;
}

/* The path of the link with rel="next", "" when there is none. */
static const char *next_of(const struct http_reply *reply)
{
	static char path[4096];
	const char *link = http_header(reply, "Link");
	const char *start, *end;

	if (!link || !strstr(link, "rel=\"next\""))
		return "";
	start = strchr(link, '<');
	end = strchr(link, '>');
	assert_non_null(start);
	assert_non_null(end);
	start++;
	if (strncmp(start, "http", 4) == 0)
		start = strchr(strstr(start, "://") + 3, '/');
	snprintf(path, sizeof(path), "%.*s", (int)(end - start), start);
	return path;
}

static void test_windows(void **state)
{
	static const struct {
		const char *query, *expected;
	} rows[] = {
		{ "", "1 2 3 4 5" },
		{ "?limit=2", "1 2" },
		{ "?after=2", "3 4 5" },
		{ "?after=2&limit=2", "3 4" },
		{ "?before=4", "1 2 3" },
		{ "?after=1&before=4", "2 3" },
		{ "?order=asc", "1 2 3 4 5" },
		{ "?order=desc", "5 4 3 2 1" },
		{ "?order=desc&limit=2", "5 4" },
		{ "?order=desc&before=4&limit=2", "3 2" },
		{ "?after=5", "" },
		{ "?after=1000", "" },
		{ "?before=1", "" },
		{ "?limit=1000&unknown=x", "1 2 3 4 5" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *found = numbers(list(&talk, rows[i].query));

		if (strcmp(found, rows[i].expected) != 0)
			fail_msg("%s gives \"%s\" and not \"%s\"",
				 rows[i].query, found, rows[i].expected);
	}
}

/* Follows the links from a first page to the end. */
static void assert_walk(const char *query, const char *expected)
{
	const struct http_reply *reply = list(&talk, query);
	struct buf seen = BUF_INIT;
	const char *path;

	for (unsigned pages = 0; pages < 10; pages++) {
		buf_printf(&seen, "%s%s", pages ? " | " : "", numbers(reply));
		path = next_of(reply);
		if (!*path)
			break;
		reply = api("GET", NULL, "%s", path);
		assert_status(reply, 200);
	}
	assert_string_equal(seen.data, expected);
	buf_release(&seen);
}

static void test_links(void **state)
{
	(void)state;
	assert_walk("?limit=2", "1 2 | 3 4 | 5");
	assert_walk("?limit=2&order=desc", "5 4 | 3 2 | 1");
	assert_walk("?limit=4&after=1", "2 3 4 5");
	assert_walk("?limit=5", "1 2 3 4 5");
	assert_walk("", "1 2 3 4 5");
}

/* ---- a hole that may still be filled ---- */

static bool both_are_listed(void *context)
{
	return reply_count(list(context, ""), "") == 2;
}

static bool has_a_row(void *context)
{
	return store_rows(((struct talk *)context)->application) > 0;
}

/* 2 is stored before 1: a forward reader waits, a backward reader sees it. */
static void prepare_hole(struct talk *holed)
{
	const struct http_reply *reply;

	create_talk(holed, NULL, 0);
	broker_publish("message.created", broker_event(holed, 2, "two"));
	assert_becomes(has_a_row, holed, STORED_MS);
	reply = list(holed, "");
	assert_int_equal(reply_count(reply, ""), 0);
	assert_header(reply, "Retry-After", "1");
	assert_true(*next_of(reply) != '\0');
	reply = list(holed, "?order=desc");
	assert_string_equal(numbers(reply), "2");
}

static void test_hole_that_gets_filled(void **state)
{
	const struct http_reply *reply;
	struct talk holed;

	(void)state;
	prepare_hole(&holed);
	broker_publish("message.created", broker_event(&holed, 1, "one"));
	assert_becomes(both_are_listed, &holed, STORED_MS);
	reply = list(&holed, "");
	assert_null(http_header(reply, "Retry-After"));
}

static bool second_is_listed(void *context)
{
	return reply_count(list(context, ""), "") == 1;
}

/* Nothing will come: the number is void. */
static void test_hole_that_is_void(void **state)
{
	struct talk holed;

	(void)state;
	prepare_hole(&holed);
	broker_publish("message.voided", broker_void_event(&holed, 1));
	assert_becomes(second_is_listed, &holed, STORED_MS);
}

static void test_chats(void **state)
{
	const struct http_reply *reply;
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	reply = api("GET", NULL, "/applications/%s/chats", token);
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 0);
	reply = api("GET", NULL, "/applications/%s/chats?limit=1&after=1",
		    talk.token);
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_hole_that_gets_filled),
		cmocka_unit_test(test_hole_that_is_void),
		cmocka_unit_test(test_chats),
	};

	return cmocka_run_group_tests_name("api_lists", tests, prepare, NULL);
}
