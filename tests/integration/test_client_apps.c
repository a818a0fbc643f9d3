#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/paging.h"
#include "tests/integration/shapes.h"
#include "tests/integration/stores.h"

/*
 * A client that was written for the system whose paths begin with /apps: each
 * request of its documentation, in its order, with the answer that it prints.
 */

#define CREATED "token:token name:text chat_count:count"
#define APP "name:text chat_count:count"
#define LISTED "name:text token:token chat_count:count"
#define MESSAGE "matching_score:score body:text message_number:count"
#define SYSTEM_CHAT "chat_number:count messages_count:count app_token:token"
#define SYSTEM_MESSAGE                                                         \
	"app_token:token chat_number:count message_number:count body:text"

static const char *const bodies[] = {
	"yasser play football", "see you at the station",   "the train is late",
	"no problem at all",	"ahmed want to go to home",
};

static char token[TOKEN_SIZE];

static void test_post_apps(void **state)
{
	const struct http_reply *reply =
		api("POST", "{\"app\": {\"name\": \"app name\"}}", "/apps/");

	(void)state;
	assert_status(reply, 201);
	assert_shape(reply, "", CREATED);
	assert_string_equal(reply_text(reply, "name"), "app name");
	assert_int_equal(reply_number(reply, "chat_count"), 0);
	reply_copy(reply, "token", token, sizeof(token));
	assert_location(reply, "/apps/%s", token);
}

static void test_get_app(void **state)
{
	const struct http_reply *reply = api("GET", NULL, "/apps/%s", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", APP);
	assert_string_equal(reply_text(reply, "name"), "app name");
}

static void test_patch_app(void **state)
{
	const struct http_reply *reply =
		api("PATCH", "{\"app\": {\"name\": \"this is the new name\"}}",
		    "/apps/%s", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", APP);
	assert_string_equal(reply_text(reply, "name"), "this is the new name");
	assert_int_equal(reply_number(reply, "chat_count"), 0);
}

/* ---- lists of every tenant's, for the operator ---- */

static bool page_holds(const struct http_reply *reply, const char *member,
		       const char *shape)
{
	char path[64];

	for (unsigned i = 0; i < reply_count(reply, ""); i++) {
		snprintf(path, sizeof(path), "%u", i);
		if (i == 0)
			assert_shape(reply, path, shape);
		snprintf(path, sizeof(path), "%u.%s", i, member);
		if (strcmp(reply_text(reply, path), token) == 0)
			return true;
	}
	return false;
}

/* Goes from page to page until ours is there. */
static void assert_listed(const char *list, const char *member,
			  const char *shape)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s", list);
	while (*path) {
		const struct http_reply *reply = operator_get("%s", path);

		assert_status(reply, 200);
		if (page_holds(reply, member, shape))
			return;
		snprintf(path, sizeof(path), "%s", paging_next(reply));
	}
	fail_msg("%s is not in %s", token, list);
}

static void test_get_apps(void **state)
{
	(void)state;
	assert_listed("/apps", "token", LISTED);
	assert_status(api("GET", NULL, "/apps"), 401);
	assert_status(
		api_with("Authorization: Bearer guessed", "GET", NULL, "/apps"),
		403);
}

/* ---- chats, at both servers ---- */

static void test_post_chats(void **state)
{
	const struct http_reply *reply =
		api("POST", NULL, "/apps/%s/chats", token);

	(void)state;
	assert_status(reply, 200);
	assert_shape(reply, "", "chat_number:count");
	assert_int_equal(reply_number(reply, "chat_number"), 1);
	reply = ingest("POST", NULL, "/apps/%s/chats", token);
	assert_status(reply, 200);
	assert_shape(reply, "", "chat_number:count");
	assert_int_equal(reply_number(reply, "chat_number"), 2);
}

static bool chats_are_stored(void *context)
{
	return store_chats(store_application(context)) == 2;
}

static void test_get_chats(void **state)
{
	const struct http_reply *reply;

	(void)state;
	assert_becomes(chats_are_stored, token, STORED_MS);
	reply = api("GET", NULL, "/apps/%s/chats", token);
	assert_status(reply, 200);
	assert_shapes(reply, 2, "chat_number:count");
	assert_int_equal(reply_number(reply, "0.chat_number"), 1);
	assert_int_equal(reply_number(reply, "1.chat_number"), 2);
	assert_listed("/chats", "app_token", SYSTEM_CHAT);
}

/* ---- messages ---- */

static void test_post_messages(void **state)
{
	const struct http_reply *reply;
	char body[128], path[128];

	(void)state;
	snprintf(path, sizeof(path), "/apps/%s/chats/1/messages", token);
	for (unsigned i = 0; i < COUNT_OF(bodies); i++) {
		snprintf(body, sizeof(body),
			 "{\"message\": {\"body\": \"%s\"}}", bodies[i]);
		reply = i % 2 ? ingest("POST", body, "%s", path)
			      : api("POST", body, "%s", path);
		assert_status(reply, 200);
		assert_shape(reply, "", "message_number:count");
		assert_int_equal(reply_number(reply, "message_number"), i + 1);
	}
}

static bool messages_are_indexed(void *context)
{
	return store_documents(store_application(context)) == COUNT_OF(bodies);
}

static const struct http_reply *search(const char *query, unsigned count)
{
	const struct http_reply *reply =
		api("GET", NULL, "/apps/%s/chats/1/messages%s", token, query);

	assert_status(reply, 200);
	assert_shapes(reply, count, MESSAGE);
	return reply;
}

/* Without a query, all of them with the score 0. */
static void test_get_messages(void **state)
{
	static const char *const queries[] = { "", "?query=", "/?query=" };
	const struct http_reply *reply;
	char path[32];

	(void)state;
	assert_becomes(messages_are_indexed, token, STORED_MS);
	for (size_t q = 0; q < COUNT_OF(queries); q++) {
		reply = search(queries[q], COUNT_OF(bodies));
		for (unsigned i = 0; i < COUNT_OF(bodies); i++) {
			snprintf(path, sizeof(path), "%u.matching_score", i);
			assert_int_equal(reply_number(reply, path), 0);
			snprintf(path, sizeof(path), "%u.body", i);
			assert_string_equal(reply_text(reply, path), bodies[i]);
		}
	}
}

static void test_get_messages_with_a_query(void **state)
{
	/* as it is printed, with quotation marks, and without */
	static const char *const queries[] = {
		"?query=%22ahmed%22", "?query=ahmed", "?query=ahm",
		"?query=go%20home",   "?query=HOME",
	};
	const struct http_reply *reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		reply = search(queries[i], 1);
		assert_string_equal(reply_text(reply, "0.body"),
				    "ahmed want to go to home");
		assert_int_equal(reply_number(reply, "0.message_number"), 5);
		/* a score, and not the 0 of a list */
		assert_null(strstr(reply->body, "\"matching_score\":0,"));
	}
	search("?query=nobody", 0);
}

static void test_get_all_messages(void **state)
{
	(void)state;
	assert_listed("/messages", "app_token", SYSTEM_MESSAGE);
}

/* ---- the count, in the end ---- */

static bool chats_are_counted(void *context)
{
	const struct http_reply *reply =
		api("GET", NULL, "/apps/%s", (const char *)context);

	return reply_number(reply, "chat_count") == 2;
}

static void test_chat_count(void **state)
{
	(void)state;
	assert_becomes(chats_are_counted, token, COUNTED_MS);
}

int main(void)
{
	/* each goes on from the one before */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_post_apps),
		cmocka_unit_test(test_get_app),
		cmocka_unit_test(test_patch_app),
		cmocka_unit_test(test_get_apps),
		cmocka_unit_test(test_post_chats),
		cmocka_unit_test(test_get_chats),
		cmocka_unit_test(test_post_messages),
		cmocka_unit_test(test_get_messages),
		cmocka_unit_test(test_get_messages_with_a_query),
		cmocka_unit_test(test_get_all_messages),
		cmocka_unit_test(test_chat_count),
	};

	return cmocka_run_group_tests_name("client_apps", tests, NULL, NULL);
}
