#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/paging.h"
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

static const char *numbers(const struct http_reply *reply)
{
	return paging_numbers(reply, "number");
}

static const struct http_reply *list(const struct talk *of, const char *query)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s/chats/1/messages%s",
		    of->token, query);

	assert_status(reply, 200);
	return reply;
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
		{ "?after=9007199254740992", "" },
		{ "?before=1", "" },
		{ "?before=1&order=desc", "" },
		{ "?before=2", "1" },
		{ "?before=9007199254740992", "1 2 3 4 5" },
		{ "?limit=1", "1" },
		{ "?after=2&before=3", "" },
		{ "?after=4&before=2", "" },
		{ "?after=2&order=desc", "5 4 3" },
		{ "?after=2&before=5&order=desc", "4 3" },
		{ "?after=5&order=desc", "" },
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
		path = paging_next(reply);
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
	assert_walk("?limit=1", "1 | 2 | 3 | 4 | 5");
	assert_walk("?limit=2&order=desc", "5 4 | 3 2 | 1");
	assert_walk("?limit=1&order=desc&after=2", "5 | 4 | 3");
	assert_walk("?limit=1&after=1&before=5", "2 | 3 | 4");
	assert_walk("?limit=2&after=1&before=5&order=desc", "4 3 | 2");
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
	assert_true(*paging_next(reply) != '\0');
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
	const struct http_reply *reply;
	struct talk holed;

	(void)state;
	prepare_hole(&holed);
	broker_publish("message.voided", broker_void_event(&holed, 1));
	assert_becomes(second_is_listed, &holed, STORED_MS);
	reply = list(&holed, "");
	assert_null(http_header(reply, "Retry-After"));
	assert_string_equal(paging_next(reply), "");
}

static bool four_rows(void *context)
{
	return store_rows(((struct talk *)context)->application) == 4;
}

struct window {
	const char *query, *expected;
	bool waits; /* rel="next" and Retry-After: 1 */
};

static void assert_windows(const struct talk *of, const struct window *rows,
			   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct http_reply *reply = list(of, rows[i].query);
		const char *found = numbers(reply);
		bool waits = http_header(reply, "Retry-After") != NULL;

		if (strcmp(found, rows[i].expected) != 0)
			fail_msg("%s gives \"%s\" and not \"%s\"",
				 rows[i].query, found, rows[i].expected);
		if (waits != rows[i].waits ||
		    (waits && *paging_next(reply) == '\0'))
			fail_msg("%s: does it wait?", rows[i].query);
	}
}

static bool third_is_settled(void *context)
{
	return http_header(list(context, "?after=2"), "Retry-After") == NULL;
}

/* 1 2 - 4 5: wherever a page begins and ends. */
static void test_windows_around_a_hole(void **state)
{
	static const struct window open[] = {
		{ "", "1 2", true },
		{ "?limit=2", "1 2", true },
		{ "?limit=1", "1", false },
		{ "?after=2", "", true },
		{ "?after=3", "4 5", false },
		{ "?before=3", "1 2", false },
		{ "?before=4", "1 2", true },
		{ "?after=2&before=4", "", true },
		{ "?after=1&before=5", "2", true },
		{ "?order=desc", "5 4 2 1", false },
		{ "?order=desc&after=1&before=5", "4 2", false },
	};
	static const struct window settled[] = {
		{ "", "1 2 4 5", false },
		{ "?limit=3", "1 2 4", false },
		{ "?after=2&limit=1", "4", false },
		{ "?before=4", "1 2", false },
		{ "?after=2&before=4", "", false },
	};
	struct buf lines = BUF_INIT;
	struct talk holed;

	(void)state;
	create_talk(&holed, NULL, 0);
	for (unsigned number = 1; number <= 5; number++)
		if (number != 3)
			buf_append_text(&lines,
					broker_event(&holed, number, "text"));
	broker_publish("message.created", lines.data);
	buf_release(&lines);
	assert_becomes(four_rows, &holed, STORED_MS);
	assert_windows(&holed, open, COUNT_OF(open));
	broker_publish("message.voided", broker_void_event(&holed, 3));
	assert_becomes(third_is_settled, &holed, STORED_MS);
	assert_windows(&holed, settled, COUNT_OF(settled));
}

static void test_chats(void **state)
{
	static const struct {
		const char *query, *expected;
	} rows[] = {
		{ "", "1 2 3" },
		{ "?limit=2", "1 2" },
		{ "?after=1", "2 3" },
		{ "?after=1&before=3", "2" },
		{ "?order=desc&limit=2", "3 2" },
		{ "?after=3", "" },
		{ "?before=1", "" },
	};
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	assert_int_equal(
		reply_count(api("GET", NULL, "/applications/%s/chats", token),
			    ""),
		0);
	for (unsigned i = 0; i < 3; i++)
		assert_status(api_with("Prefer: wait=30", "POST", NULL,
				       "/applications/%s/chats", token),
			      201);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct http_reply *reply =
			api("GET", NULL, "/applications/%s/chats%s", token,
			    rows[i].query);

		assert_status(reply, 200);
		assert_string_equal(numbers(reply), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_hole_that_gets_filled),
		cmocka_unit_test(test_hole_that_is_void),
		cmocka_unit_test(test_windows_around_a_hole),
		cmocka_unit_test(test_chats),
	};

	return cmocka_run_group_tests_name("api_lists", tests, prepare, NULL);
}
