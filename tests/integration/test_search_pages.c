#include <stdio.h>
#include <string.h>

#include "tests/integration/archive.h"
#include "tests/integration/faults.h"
#include "tests/integration/paging.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Hits beyond the 10,000 that an engine gives by number, and fragments that are
 * safe in a page of HTML. */

enum { HITS = 12000, LIMIT = 1000 };

static struct talk many;

struct page {
	char path[4096];
	const struct http_reply *reply;
};

/* A loaded engine may be late, and says so. */
static bool is_answered(void *context)
{
	struct page *page = context;
	const char *engine;

	page->reply = api("GET", NULL, "%s", page->path);
	assert_status(page->reply, 200);
	engine = http_header(page->reply, "X-Search-Engine");
	return engine && strcmp(engine, "elasticsearch") == 0 &&
	       !http_header(page->reply, "X-Search-Truncated");
}

static uint64_t number_at(const struct http_reply *reply, unsigned i)
{
	char path[32];

	snprintf(path, sizeof(path), "%u.number", i);
	return reply_number(reply, path);
}

/* The archive's messages are younger one by one, and score alike. */
static void test_all_hits(void **state)
{
	struct page page;
	unsigned expected = HITS;

	(void)state;
	create_talk(&many, NULL, 0);
	archive_insert(&many, HITS, "needle");
	confabctl(0, "reindex", NULL, NULL, NULL);
	snprintf(page.path, sizeof(page.path),
		 "/applications/%s/chats/1/messages/search?q=needle&limit=%d",
		 many.token, LIMIT);
	while (*page.path) {
		unsigned count;

		assert_becomes(is_answered, &page, DRAINED_MS);
		count = reply_count(page.reply, "");
		assert_in_range(count, 1, LIMIT);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(number_at(page.reply, i), expected--);
		snprintf(page.path, sizeof(page.path), "%s",
			 paging_next(page.reply));
	}
	assert_int_equal(expected, 0);
}

/* A cursor is of one search alone, and says nothing. */
static void test_cursor(void **state)
{
	const struct http_reply *reply;
	char cursor[1024];

	(void)state;
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=needle&limit=1",
		    many.token);
	assert_status(reply, 200);
	snprintf(cursor, sizeof(cursor), "%s", paging_cursor(reply));
	assert_status(api("GET", NULL,
			  "/applications/%s/chats/1/messages/search?q=needle"
			  "&limit=1&cursor=%s",
			  many.token, cursor),
		      200);
	assert_status(api("GET", NULL,
			  "/applications/%s/chats/1/messages/search?q=other"
			  "&limit=1&cursor=%s",
			  many.token, cursor),
		      400);
	assert_status(api("GET", NULL,
			  "/applications/%s/messages/search?q=needle&cursor=%s",
			  many.token, cursor),
		      400);
	cursor[4] = cursor[4] == 'A' ? 'B' : 'A';
	assert_status(api("GET", NULL,
			  "/applications/%s/chats/1/messages/search?q=needle"
			  "&cursor=%s",
			  many.token, cursor),
		      400);
}

/* ---- fragments ---- */

static const struct {
	const char *body, *query, *highlight;
} fragments[] = {
	{ "<script>alert('hit')</script>", "alert",
	  "&lt;script&gt;<mark>alert</mark>(&#39;hit&#39;)&lt;/script&gt;" },
	{ "<b onclick=\"x()\">fish & chips</b>", "chips",
	  "&lt;b onclick=&quot;x()&quot;&gt;fish &amp; <mark>chips</mark>"
	  "&lt;/b&gt;" },
	{ "</mark><mark>marked", "mark",
	  "&lt;/<mark>mark</mark>&gt;&lt;<mark>mark</mark>&gt;"
	  "<mark>marked</mark>" },
	{ "&lt;entity&gt; as text", "entity",
	  "&amp;lt;<mark>entity</mark>&amp;gt; as text" },
	{ "say \"quoted words\" here", "%22quoted%20words%22",
	  "say &quot;<mark>quoted</mark> <mark>words</mark>&quot; here" },
	{ "caf\u00e9 <CAF\u00c9>", "cafe",
	  "<mark>caf\u00e9</mark> &lt;<mark>CAF\u00c9</mark>&gt;" },
};

static bool are_documents(void *context)
{
	const struct talk *talk = context;

	return store_documents(talk->application) == COUNT_OF(fragments) &&
	       store_rows(talk->application) == COUNT_OF(fragments);
}

static void test_highlight(void **state)
{
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	for (size_t i = 0; i < COUNT_OF(fragments); i++)
		assert_int_equal(
			create_message(talk.token, 1, fragments[i].body),
			i + 1);
	assert_becomes(are_documents, &talk, DRAINED_MS);
	for (size_t i = 0; i < COUNT_OF(fragments); i++) {
		const struct http_reply *reply =
			api("GET", NULL,
			    "/applications/%s/chats/1/messages/search"
			    "?q=%s&highlight=true",
			    talk.token, fragments[i].query);

		assert_status(reply, 200);
		assert_int_equal(reply_count(reply, ""), 1);
		assert_string_equal(reply_text(reply, "0.body"),
				    fragments[i].body);
		assert_string_equal(reply_text(reply, "0.highlight"),
				    fragments[i].highlight);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_highlight),
		cmocka_unit_test(test_all_hits),
		cmocka_unit_test_teardown(test_cursor, archive_repair),
	};

	return cmocka_run_group_tests_name("search_pages", tests, NULL, NULL);
}
