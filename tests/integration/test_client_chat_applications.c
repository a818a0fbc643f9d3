#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/shapes.h"
#include "tests/integration/stores.h"

/*
 * A client that was written for the system whose paths begin with
 * /chat_applications, with or without /api/v1 before it: the requests of its
 * documentation, in its order.
 */

#define TENANT "name:text token:token chats_count:count"
#define CHAT "number:count messages_count:count"
#define MESSAGE "number:count body:text"

enum { SIMULTANEOUS = 1000 };

static const char *const prefixes[] = { "/chat_applications",
					"/api/v1/chat_applications" };

struct client {
	const char *prefix;
	char token[TOKEN_SIZE];
	uint64_t application;
	unsigned sent;
	bool seen[SIMULTANEOUS + 2];
};

static struct client clients[2];

/* ---- one after the other ---- */

static void create_tenant(struct client *client)
{
	const struct http_reply *reply =
		api("POST", "{\"chat_application\": {\"name\": \"My chats\"}}",
		    "%s", client->prefix);

	assert_status(reply, 201);
	assert_shape(reply, "", TENANT);
	assert_string_equal(reply_text(reply, "name"), "My chats");
	assert_int_equal(reply_number(reply, "chats_count"), 0);
	reply_copy(reply, "token", client->token, sizeof(client->token));
	assert_location(reply, "%s/%s", client->prefix, client->token);
	client->application = store_application(client->token);
	reply = api("GET", NULL, "%s/%s", client->prefix, client->token);
	assert_status(reply, 200);
	assert_shape(reply, "", TENANT);
	reply = api("PATCH", "{\"chat_application\": {\"name\": \"Ours\"}}",
		    "%s/%s", client->prefix, client->token);
	assert_status(reply, 200);
	assert_shape(reply, "", TENANT);
	assert_string_equal(reply_text(reply, "name"), "Ours");
}

static void test_chat_application_creation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
		clients[i].prefix = prefixes[i];
		create_tenant(&clients[i]);
	}
}

static void create_chats(const struct client *client)
{
	const struct http_reply *reply;

	for (unsigned number = 1; number <= 2; number++) {
		reply = api("POST", NULL, "%s/%s/chats", client->prefix,
			    client->token);
		assert_status(reply, 201);
		assert_shape(reply, "", CHAT);
		assert_int_equal(reply_number(reply, "number"), number);
		assert_int_equal(reply_number(reply, "messages_count"), 0);
		assert_location(reply, "%s/%s/chats/%u", client->prefix,
				client->token, number);
	}
}

static void test_chat_creation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(clients); i++)
		create_chats(&clients[i]);
}

static void create_first_message(const struct client *client)
{
	const struct http_reply *reply =
		api("POST", "{\"message\": {\"body\": \"hello world\"}}",
		    "%s/%s/chats/1/messages", client->prefix, client->token);

	assert_status(reply, 201);
	assert_shape(reply, "", "number:count");
	assert_int_equal(reply_number(reply, "number"), 1);
	assert_location(reply, "%s/%s/chats/1/messages/1", client->prefix,
			client->token);
}

static void test_message_creation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(clients); i++)
		create_first_message(&clients[i]);
}

/* ---- search, within seconds and within one chat ---- */

static bool is_searchable(void *context)
{
	const struct client *client = context;
	const struct http_reply *reply =
		api("GET", NULL, "%s/%s/chats/1/messages/search?q=hello",
		    client->prefix, client->token);

	assert_status(reply, 200);
	if (reply_count(reply, "") == 0)
		return false;
	assert_shapes(reply, 1, MESSAGE);
	assert_int_equal(reply_number(reply, "0.number"), 1);
	assert_string_equal(reply_text(reply, "0.body"), "hello world");
	return true;
}

static void test_message_search(void **state)
{
	const struct http_reply *reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		const struct client *client = &clients[i];

		assert_becomes(is_searchable, &clients[i], STORED_MS);
		reply = api("GET", NULL,
			    "%s/%s/chats/2/messages/search?q=hello",
			    client->prefix, client->token);
		assert_status(reply, 200);
		assert_shapes(reply, 0, MESSAGE);
		reply = api("GET", NULL, "%s/%s/chats/1/messages",
			    client->prefix, client->token);
		assert_status(reply, 200);
		assert_shapes(reply, 1, MESSAGE);
		reply = api("GET", NULL, "%s/%s/chats/1/messages/1",
			    client->prefix, client->token);
		assert_status(reply, 200);
		assert_shape(reply, "", MESSAGE);
	}
}

/* ---- 1000 messages at the same time ---- */

static bool next(void *context, struct http_call *call)
{
	struct client *client = context;

	if (client->sent == SIMULTANEOUS)
		return false;
	buf_printf(&call->url, "%s%s/%s/chats/2/messages",
		   setting(client->sent % 2 ? "CONFAB_INGEST_URL"
					    : "CONFAB_API_URL"),
		   client->prefix, client->token);
	buf_printf(&call->body, "{\"message\":{\"body\":\"number %u\"}}",
		   client->sent++);
	return true;
}

static int done(void *context, const struct http_call *call,
		const struct http_reply *reply)
{
	struct client *client = context;
	uint64_t number;

	(void)call;
	assert_status(reply, 201);
	number = reply_number(reply, "number");
	assert_in_range(number, 1, SIMULTANEOUS);
	assert_false(client->seen[number]);
	client->seen[number] = true;
	return 0;
}

static bool all_are_stored(void *context)
{
	const struct client *client = context;

	return store_rows(client->application) == SIMULTANEOUS + 1;
}

static void test_simultaneous_messages(void **state)
{
	struct client *client = &clients[0];
	struct http_many many = { .connections = 250,
				  .next = next,
				  .done = done,
				  .context = client };

	(void)state;
	http_many_run(&many);
	for (unsigned number = 1; number <= SIMULTANEOUS; number++)
		assert_true(client->seen[number]);
	assert_becomes(all_are_stored, client, DRAINED_MS);
}

/* ---- counts ---- */

static bool is_counted(void *context)
{
	const struct client *client = context;
	const struct http_reply *reply =
		api("GET", NULL, "%s/%s/chats", client->prefix, client->token);

	assert_status(reply, 200);
	assert_shapes(reply, 2, CHAT);
	if (reply_number(reply, "0.messages_count") != 1 ||
	    reply_number(reply, "1.messages_count") != client->sent)
		return false;
	reply = api("GET", NULL, "%s/%s", client->prefix, client->token);
	assert_shape(reply, "", TENANT);
	return reply_number(reply, "chats_count") == 2;
}

static void test_counts(void **state)
{
	const struct http_reply *reply;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		assert_becomes(is_counted, &clients[i], COUNTED_MS);
		reply = api("GET", NULL, "%s/%s/chats/2", clients[i].prefix,
			    clients[i].token);
		assert_status(reply, 200);
		assert_shape(reply, "", CHAT);
	}
}

/* ---- access: by token, and no list of everybody's ---- */

static void test_access(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		const char *prefix = clients[i].prefix;
		const struct http_reply *reply;

		assert_status(api("GET", NULL, "%s", prefix), 401);
		reply = operator_get("%s?limit=2", prefix);
		assert_status(reply, 200);
		assert_shapes(reply, 2, TENANT);
		assert_status(api("GET", NULL, "%s/%032d/chats", prefix, 1),
			      404);
		assert_status(api("POST", NULL, "%s/%032d/chats", prefix, 1),
			      404);
		assert_status(
			api("POST", "{\"message\":{\"body\":\"to nobody\"}}",
			    "%s/%s/chats/3/messages", prefix, clients[i].token),
			404);
	}
	assert_status(api("GET", NULL, "/up"), 200);
}

int main(void)
{
	/* each goes on from the one before */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chat_application_creation),
		cmocka_unit_test(test_chat_creation),
		cmocka_unit_test(test_message_creation),
		cmocka_unit_test(test_message_search),
		cmocka_unit_test(test_simultaneous_messages),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_access),
	};

	return cmocka_run_group_tests_name("client_chat_applications", tests,
					   NULL, NULL);
}
