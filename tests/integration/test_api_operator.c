#include <stdio.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/paging.h"

/* Lists of every tenant's data: for the operator alone. */

static const char *const paths[] = {
	"/applications", "/chats",
	"/messages",	 "/messages/search?q=hello",
	"/apps",	 "/chat_applications"
};

static const char *const texts[] = { "hello operator", "one text",
				     "another text" };
static struct talk talk;

static int prepare(void **state)
{
	(void)state;
	create_talk(&talk, texts, COUNT_OF(texts));
	return 0;
}

static void test_key_is_needed(void **state)
{
	const struct http_reply *reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		reply = api("GET", NULL, "%s", paths[i]);
		assert_status(reply, 401);
		assert_non_null(http_header(reply, "WWW-Authenticate"));
		reply = api_with("Authorization: Bearer wrong", "GET", NULL,
				 "%s", paths[i]);
		assert_status(reply, 403);
		assert_status(operator_get("%s", paths[i]), 200);
	}
}

static void test_shapes(void **state)
{
	const struct http_reply *reply = operator_get("/applications?limit=1");

	(void)state;
	assert_int_equal(reply_count(reply, ""), 1);
	assert_members(reply, "0",
		       "token name chats_count messages_count created_at "
		       "updated_at");
	reply = operator_get("/chats?limit=1");
	assert_int_equal(reply_count(reply, ""), 1);
	assert_members(reply, "0", "chat_number messages_count app_token");
	reply = operator_get("/messages?limit=1");
	assert_int_equal(reply_count(reply, ""), 1);
	assert_members(reply, "0", "app_token chat_number message_number body");
	reply = operator_get("/messages/search?q=hello+operator");
	assert_true(reply_count(reply, "") >= 1);
	assert_members(reply, "0",
		       "app_token chat_number message_number body created_at "
		       "score");
}

/* ---- cursors ---- */

struct walk {
	char path[1024];
	char token[TOKEN_SIZE]; /* whose rows are counted */
	unsigned ours, pages;
};

static unsigned count_ours(const struct walk *walk,
			   const struct http_reply *reply, const char *member)
{
	unsigned count = reply_count(reply, ""), ours = 0;

	for (unsigned i = 0; i < count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%u.%s", i, member);
		ours += strcmp(reply_text(reply, path), walk->token) == 0;
	}
	return ours;
}

static const struct http_reply *step(struct walk *walk)
{
	const struct http_reply *reply = operator_get("%s", walk->path);

	assert_status(reply, 200);
	snprintf(walk->path, sizeof(walk->path), "%s", paging_next(reply));
	walk->pages++;
	return reply;
}

/* By 1000 up to the page that has this tenant's rows, then from its begin on
 * by two, until they are over. */
static void walk_closely(struct walk *walk, const char *list,
			 const char *member)
{
	char before[1024];
	unsigned found = 0;
	char *limit;

	snprintf(walk->path, sizeof(walk->path), "%s?limit=1000", list);
	while (found == 0 && *walk->path) {
		memcpy(before, walk->path, sizeof(before));
		found = count_ours(walk, step(walk), member);
	}
	assert_true(found > 0);
	limit = strstr(before, "limit=1000");
	assert_non_null(limit);
	memcpy(limit, "limit=0002", strlen("limit=0002"));
	memcpy(walk->path, before, sizeof(before));
	walk->pages = 0;
	while (*walk->path && (walk->ours == 0 || found > 0)) {
		found = count_ours(walk, step(walk), member);
		walk->ours += found;
	}
}

/* Three chats with two messages each. */
static void create_tenant(char token_r[TOKEN_SIZE])
{
	create_application(token_r);
	for (unsigned i = 0; i < 3; i++)
		assert_status(api_with("Prefer: wait=30", "POST", NULL,
				       "/applications/%s/chats", token_r),
			      201);
	for (unsigned i = 0; i < 6; i++)
		assert_status(api_with("Prefer: wait=30", "POST",
				       "{\"body\":\"text\"}",
				       "/applications/%s/chats/%u/messages",
				       token_r, 1 + i % 3),
			      201);
}

static void test_all_rows_once(void **state)
{
	static const struct {
		const char *list, *member;
		unsigned rows;
	} lists[] = {
		{ "/applications", "token", 1 },
		{ "/apps", "token", 1 },
		{ "/chat_applications", "token", 1 },
		{ "/chats", "app_token", 3 },
		{ "/messages", "app_token", 6 },
	};
	struct walk walk = { .ours = 0 };

	(void)state;
	create_tenant(walk.token);
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		walk.ours = 0;
		walk_closely(&walk, lists[i].list, lists[i].member);
		assert_int_equal(walk.ours, lists[i].rows);
	}
}

static void keep_cursor(const char *path, char *cursor_r, size_t size)
{
	const struct http_reply *reply = operator_get("%s", path);

	assert_status(reply, 200);
	snprintf(cursor_r, size, "%s", paging_cursor(reply));
}

/* It says nothing, and only the list that gave it takes it. */
static void test_cursors_are_bound(void **state)
{
	static const char *const lists[] = {
		"/applications?limit=1",
		"/chats?limit=1",
		"/messages?limit=1",
		"/messages/search?q=text&limit=1",
		"/messages/search?q=tex&limit=1",
	};
	char cursors[COUNT_OF(lists)][256], token[TOKEN_SIZE];

	(void)state;
	create_tenant(token); /* so that no list ends with its first page */
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		keep_cursor(lists[i], cursors[i], sizeof(cursors[i]));
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (size_t k = 0; k < COUNT_OF(lists); k++)
			assert_status(operator_get("%s&cursor=%s", lists[i],
						   cursors[k]),
				      i == k ? 200 : 400);
	assert_status(operator_get("/apps?limit=1&cursor=%s", cursors[0]), 200);
}

static void assert_refused(const char *list, const char *cursor)
{
	const struct http_reply *reply = operator_get(
		"%s%ccursor=%s", list, strchr(list, '?') ? '&' : '?', cursor);

	assert_status(reply, 400);
	assert_true(http_has_type(reply, "application/problem+json"));
}

static void test_other_texts_are_refused(void **state)
{
	static const char *const lists[] = {
		"/applications",	   "/chats", "/messages",
		"/messages/search?q=text", "/apps",
	};
	static const char *const texts_of_others[] = {
		"",	 "0",	  "1",
		"1-1-1", "a-b-c", "made-up",
		"*",	 "%00",	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	const struct http_reply *reply;
	char job[256], cursor[256], path[1024];

	(void)state;
	reply = api("POST", NULL, "/applications/%s/chats", talk.token);
	reply_copy(reply, "job_id", job, sizeof(job));
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		for (size_t k = 0; k < COUNT_OF(texts_of_others); k++)
			assert_refused(lists[i], texts_of_others[k]);
		assert_refused(lists[i], job);
		snprintf(path, sizeof(path), "%s%climit=1", lists[i],
			 strchr(lists[i], '?') ? '&' : '?');
		keep_cursor(path, cursor, sizeof(cursor));
		snprintf(path, sizeof(path), "%sA", cursor);
		assert_refused(lists[i], path);
		snprintf(path, sizeof(path), "%s&cursor=%s", cursor, cursor);
		assert_refused(lists[i], path);
		cursor[strlen(cursor) - 1] = '\0';
		assert_refused(lists[i], cursor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_is_needed),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_all_rows_once),
		cmocka_unit_test(test_cursors_are_bound),
		cmocka_unit_test(test_other_texts_are_refused),
	};

	return cmocka_run_group_tests_name("api_operator", tests, prepare,
					   NULL);
}
