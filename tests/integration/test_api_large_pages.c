#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/paging.h"
#include "tests/integration/stores.h"

/* A page of large messages ends early, and its link goes on. */

#define PAGE_BYTES_MAX (8u * 1024u * 1024u)
#define BODY_BYTES 65535u
#define PLAIN 200u  /* one page holds 127 of them at the most */
#define ESCAPED 30u /* one page holds 21 */

static struct talk large;

static uint64_t number_at(const struct http_reply *reply, unsigned i)
{
	char path[32];

	snprintf(path, sizeof(path), "%u.number", i);
	return reply_number(reply, path);
}

static char *text_of(char c)
{
	char *text = malloc(BODY_BYTES + 1);

	assert_non_null(text);
	memset(text, c, BODY_BYTES);
	text[BODY_BYTES] = '\0';
	return text;
}

static bool large_are_stored(void *context)
{
	(void)context;
	return store_rows(large.application) == PLAIN + ESCAPED;
}

/* Chat 1: plain letters; chat 2: bytes that JSON makes six of. */
static int prepare(void **state)
{
	char *plain = text_of('x'), *escaped = text_of('\1');

	(void)state;
	create_talk(&large, NULL, 0);
	assert_int_equal(create_chat(large.token), 2);
	for (unsigned i = 0; i < PLAIN; i++)
		create_message(large.token, 1, plain);
	for (unsigned i = 0; i < ESCAPED; i++)
		create_message(large.token, 2, escaped);
	free(plain);
	free(escaped);
	assert_becomes(large_are_stored, NULL, DRAINED_MS);
	return 0;
}

/* Every number once, in pages that are bounded. */
static void walk_large(unsigned chat, const char *query, unsigned expected,
		       bool descending)
{
	uint64_t wanted = descending ? expected : 1;
	unsigned seen = 0, pages = 0;
	char path[512];

	snprintf(path, sizeof(path),
		 "/applications/%s/chats/%u/messages?limit=1000%s", large.token,
		 chat, query);
	while (*path) {
		const struct http_reply *reply = api("GET", NULL, "%s", path);
		unsigned count = reply_count(reply, "");

		assert_status(reply, 200);
		assert_true(reply->length <= PAGE_BYTES_MAX);
		assert_true(count > 0);
		for (unsigned i = 0; i < count; i++) {
			assert_int_equal(number_at(reply, i), wanted);
			wanted += descending ? -1 : +1;
		}
		seen += count;
		snprintf(path, sizeof(path), "%s", paging_next(reply));
		pages++;
	}
	assert_int_equal(seen, expected);
	assert_int_equal(pages, 2);
}

static void test_large_pages_end_early(void **state)
{
	(void)state;
	walk_large(1, "", PLAIN, false);
	walk_large(1, "&order=desc", PLAIN, true);
	walk_large(2, "", ESCAPED, false);
	walk_large(2, "&order=desc", ESCAPED, true);
}

/* Counts this tenant's messages on a page of every tenant's. */
static unsigned count_ours(const struct http_reply *reply, unsigned *last)
{
	unsigned count = reply_count(reply, ""), ours = 0;

	for (unsigned i = 0; i < count; i++) {
		char path[64];
		unsigned place;

		snprintf(path, sizeof(path), "%u.app_token", i);
		if (strcmp(reply_text(reply, path), large.token) != 0)
			continue;
		ours++;
		snprintf(path, sizeof(path), "%u.chat_number", i);
		place = (unsigned)reply_number(reply, path) * 1000;
		snprintf(path, sizeof(path), "%u.message_number", i);
		place += (unsigned)reply_number(reply, path);
		assert_true(place > *last);
		*last = place;
	}
	return ours;
}

static void test_large_pages_of_every_tenant(void **state)
{
	char path[512] = "/messages?limit=1000";
	unsigned seen = 0, last = 0;

	(void)state;
	while (*path) {
		const struct http_reply *reply = operator_get("%s", path);

		assert_status(reply, 200);
		assert_true(reply->length <= PAGE_BYTES_MAX);
		seen += count_ours(reply, &last);
		snprintf(path, sizeof(path), "%s", paging_next(reply));
	}
	assert_int_equal(seen, PLAIN + ESCAPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_pages_end_early),
		cmocka_unit_test(test_large_pages_of_every_tenant),
	};

	return cmocka_run_group_tests_name("api_large_pages", tests, prepare,
					   NULL);
}
