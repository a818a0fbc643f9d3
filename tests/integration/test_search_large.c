#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/paging.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Large hits: pages end early, their links go on, and nobody else's search
 * suffers. */

#define PAGE_BYTES_MAX (8u * 1024u * 1024u)
#define BODY_BYTES 65535u
#define PLAIN 250u  /* one page holds 127 of them at the most */
#define ESCAPED 30u /* one page holds 21 */
#define PARALLEL 8u
#define ASKED 48u

/* Chat 1: plain words; chat 2: bytes that JSON makes six of. All begin with
 * the tenant's token, so that nobody else's message is found by it. */
static struct talk large;
static struct worker no_engine; /* one API more, without the engine */

static char *text_of(const char *pattern)
{
	char *text = malloc(BODY_BYTES + 1);
	size_t length = strlen(pattern);
	int at;

	assert_non_null(text);
	at = snprintf(text, BODY_BYTES, "%s ", large.token);
	for (size_t i = (size_t)at; i < BODY_BYTES; i++)
		text[i] = pattern[i % length];
	text[BODY_BYTES] = '\0';
	return text;
}

static bool large_are_searchable(void *context)
{
	(void)context;
	return store_rows(large.application) == PLAIN + ESCAPED &&
	       store_documents(large.application) == PLAIN + ESCAPED;
}

static int prepare(void **state)
{
	char *plain, *escaped;

	(void)state;
	create_talk(&large, NULL, 0);
	assert_int_equal(create_chat(large.token), 2);
	plain = text_of("letters ");
	escaped = text_of("\1");
	for (unsigned i = 0; i < PLAIN; i++)
		create_message(large.token, 1, plain);
	for (unsigned i = 0; i < ESCAPED; i++)
		create_message(large.token, 2, escaped);
	free(plain);
	free(escaped);
	assert_becomes(large_are_searchable, NULL, DRAINED_MS);
	worker_start_with("api", "ELASTICSEARCH_URL=", &no_engine);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	worker_stop(&no_engine);
	return 0;
}

/* ---- pages ---- */

struct asked {
	const char *engine; /* who is to answer */
	char path[4096];
	const struct http_reply *reply;
};

static bool is_from(const struct http_reply *reply, const char *engine)
{
	const char *name = http_header(reply, "X-Search-Engine");

	return name && strcmp(name, engine) == 0;
}

/* A loaded machine may miss the time limits, and says so. */
static bool answers_in_full(void *context)
{
	struct asked *asked = context;
	bool sql = strcmp(asked->engine, "sql") == 0;
	char headers[256], url[4352];

	snprintf(headers, sizeof(headers), "Authorization: Bearer %s",
		 setting("CONFAB_OPERATOR_KEY"));
	snprintf(url, sizeof(url), "%s%s",
		 sql ? worker_url(&no_engine) : setting("CONFAB_API_URL"),
		 asked->path);
	asked->reply = http_send("GET", headers, NULL, url);
	assert_status(asked->reply, 200);
	return is_from(asked->reply, asked->engine) &&
	       !http_header(asked->reply, "X-Search-Truncated");
}

/* Where the hit is among all large ones; `chat` 0: the hit tells. */
static unsigned place_of(const struct http_reply *reply, unsigned i,
			 unsigned chat)
{
	bool wide = reply_has(reply, "0.message_number");
	char path[64];

	if (chat == 0) {
		snprintf(path, sizeof(path), "%u.chat_number", i);
		chat = (unsigned)reply_number(reply, path);
	}
	snprintf(path, sizeof(path), "%u.%s", i,
		 wide ? "message_number" : "number");
	return (chat == 1 ? 0 : PLAIN) + (unsigned)reply_number(reply, path) -
	       1;
}

/* Each hit once, in pages that are bounded. */
static void walk(struct asked *asked, unsigned chat, unsigned expected)
{
	bool seen[PLAIN + ESCAPED] = { false };
	unsigned found = 0, pages = 0;

	while (*asked->path) {
		unsigned count;

		assert_becomes(answers_in_full, asked, DRAINED_MS);
		count = reply_count(asked->reply, "");
		assert_true(asked->reply->length <= PAGE_BYTES_MAX);
		assert_true(count > 0);
		for (unsigned i = 0; i < count; i++) {
			unsigned place = place_of(asked->reply, i, chat);

			assert_true(place < PLAIN + ESCAPED);
			assert_false(seen[place]);
			seen[place] = true;
		}
		found += count;
		pages++;
		snprintf(asked->path, sizeof(asked->path), "%s",
			 paging_next(asked->reply));
	}
	assert_int_equal(found, expected);
	assert_true(pages > 1);
}

static void walk_all(const char *engine)
{
	struct asked asked = { .engine = engine };

	for (unsigned chat = 1; chat <= 2; chat++) {
		snprintf(asked.path, sizeof(asked.path),
			 "/applications/%s/chats/%u/messages/search?q=%s"
			 "&limit=1000",
			 large.token, chat, large.token);
		walk(&asked, chat, chat == 1 ? PLAIN : ESCAPED);
	}
	snprintf(asked.path, sizeof(asked.path),
		 "/applications/%s/messages/search?q=%s&limit=1000"
		 "&highlight=true",
		 large.token, large.token);
	walk(&asked, 0, PLAIN + ESCAPED);
}

static void test_pages_of_the_engine(void **state)
{
	struct asked asked = { .engine = "elasticsearch" };

	(void)state;
	walk_all("elasticsearch");
	snprintf(asked.path, sizeof(asked.path),
		 "/messages/search?q=%s&limit=150", large.token);
	walk(&asked, 0, PLAIN + ESCAPED);
}

static void test_pages_of_sql(void **state)
{
	(void)state;
	walk_all("sql");
}

/* ---- others ---- */

struct crowd {
	unsigned asked;
	unsigned by_sql; /* answers that did not come from the engine */
};

static bool ask_next(void *context, struct http_call *call)
{
	struct crowd *crowd = context;

	if (crowd->asked == ASKED)
		return false;
	crowd->asked++;
	call->method = "GET";
	buf_printf(&call->url,
		   "%s/applications/%s/chats/1/messages/search?q=%s&limit=1000",
		   setting("CONFAB_API_URL"), large.token, large.token);
	return true;
}

static int take_answer(void *context, const struct http_call *call,
		       const struct http_reply *reply)
{
	struct crowd *crowd = context;

	(void)call;
	if (reply->status != 200 || !is_from(reply, "elasticsearch"))
		crowd->by_sql++;
	return 0;
}

/* Tried again, as a loaded machine may make the engine late by itself. */
static bool engine_bears_the_crowd(void *context)
{
	const struct talk *other = context;
	struct crowd crowd = { 0, 0 };
	const struct http_many many = { .connections = PARALLEL,
					.next = ask_next,
					.done = take_answer,
					.context = &crowd };
	const struct http_reply *reply;

	http_many_run(&many);
	reply = api("GET", NULL, "/applications/%s/messages/search?q=small",
		    other->token);
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 1);
	return crowd.by_sql == 0 && is_from(reply, "elasticsearch");
}

/* A tenant with large messages does not shut the engine for the others. */
static void test_large_hits_leave_the_engine_open(void **state)
{
	static const char *const texts[] = { "a small message" };
	struct talk other;

	(void)state;
	create_talk(&other, texts, 1);
	assert_becomes(engine_bears_the_crowd, &other, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_of_the_engine),
		cmocka_unit_test(test_pages_of_sql),
		cmocka_unit_test(test_large_hits_leave_the_engine_open),
	};

	return cmocka_run_group_tests_name("search_large", tests, prepare,
					   clean_up);
}
