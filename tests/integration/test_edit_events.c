#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* The way of an edit from its row through the outbox to the index: in order,
 * each once, across crashes, and the newest text wins. */

static bool outbox_is_empty(void *context)
{
	(void)context;
	return store_number("SELECT COUNT(*) FROM outbox") == 0;
}

struct document {
	const struct talk *talk;
	unsigned number;
	char text[64];
};

static bool document_is(void *context)
{
	const struct document *wanted = context;
	const char *text = store_document(wanted->talk->application,
					  wanted->talk->chat, wanted->number);

	return text && strcmp(text, wanted->text) == 0;
}

/* ---- a crash between the row and the broker ---- */

struct restart {
	pid_t killed;
};

static bool api_is_back(void *context)
{
	const struct restart *restart = context;

	return stack_is_back("api", restart->killed) &&
	       api("GET", NULL, "/up")->status == 200;
}

struct search {
	const struct talk *talk;
	const char *query;
	unsigned hits;
};

static bool search_finds(void *context)
{
	const struct search *search = context;
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages/search?q=%s",
		search->talk->token, search->query);

	assert_status(reply, 200);
	assert_header(reply, "X-Search-Engine", "elasticsearch");
	return reply_count(reply, "") == search->hits;
}

static void test_crash_before_the_event_is_out(void **state)
{
	static const char *const texts[] = { "written at midnight" };
	struct restart restart;
	struct talk talk;
	struct search fresh = { &talk, "noon", 1 };
	struct search stale = { &talk, "midnight", 0 };

	(void)state;
	create_talk(&talk, texts, 1);
	stack_stop("rabbitmq");
	assert_status(api("PATCH", "{\"message\":{\"body\":\"noon it is\"}}",
			  "/applications/%s/chats/1/messages/1", talk.token),
		      200);
	assert_int_equal(store_number("SELECT COUNT(*) FROM outbox"), 1);
	restart.killed = stack_kill("api");
	assert_becomes(api_is_back, &restart, RESTARTED_MS);
	assert_int_equal(store_number("SELECT COUNT(*) FROM outbox"), 1);
	stack_start("rabbitmq");
	assert_becomes(search_finds, &fresh, DRAINED_MS);
	assert_becomes(search_finds, &stale, STORED_MS);
	assert_becomes(outbox_is_empty, NULL, STORED_MS);
}

/* ---- many edits at two API processes ---- */

enum { MESSAGES = 5, EDITS = 250 };

struct edits {
	const struct talk *talk;
	const struct worker *other;
	unsigned messages, sent, wanted;
	/* what the copies of the events say */
	unsigned seen[MESSAGES + 1];
	char last[MESSAGES + 1][64];
};

static bool next_edit(void *context, struct http_call *call)
{
	struct edits *edits = context;
	unsigned which = edits->sent;

	if (which == edits->wanted)
		return false;
	edits->sent++;
	call->method = "PATCH";
	buf_printf(&call->url, "%s/applications/%s/chats/1/messages/%u",
		   which / edits->messages % 2 ? worker_url(edits->other)
					       : setting("CONFAB_API_URL"),
		   edits->talk->token, 1 + which % edits->messages);
	buf_printf(&call->body, "{\"body\":\"edit %u\"}", which);
	return true;
}

static int done_edit(void *context, const struct http_call *call,
		     const struct http_reply *reply)
{
	(void)context;
	(void)call;
	assert_status(reply, 200);
	return 0;
}

static uint64_t member(const char *line, const char *name)
{
	char label[32];
	const char *at;

	snprintf(label, sizeof(label), "\"%s\":", name);
	at = strstr(line, label);
	assert_non_null(at);
	return strtoull(at + strlen(label), NULL, 10);
}

static void check_line(struct edits *edits, const char *line)
{
	unsigned number = (unsigned)member(line, "number");
	const char *body = strstr(line, "\"body\":\"");

	if (member(line, "app") != edits->talk->application)
		return;
	assert_in_range(number, 1, edits->messages);
	assert_int_equal(member(line, "rev"), 2 + edits->seen[number]);
	edits->seen[number]++;
	assert_non_null(body);
	body += strlen("\"body\":\"");
	snprintf(edits->last[number], sizeof(edits->last[number]), "%.*s",
		 (int)strcspn(body, "\""), body);
}

static void check_copy(void *context, const struct broker_message *message)
{
	const char *line = message->payload;

	if (strcmp(message->routing_key, "message.updated") != 0)
		return;
	while (*line) {
		check_line(context, line);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* The row, its last event and the document agree. */
static void check_message(struct edits *edits, unsigned number)
{
	struct document wanted = { .talk = edits->talk, .number = number };
	unsigned long long application = edits->talk->application;

	assert_int_equal(edits->seen[number], edits->wanted / edits->messages);
	assert_int_equal(store_number("SELECT revision FROM messages WHERE "
				      "application_id = %llu AND number = %u",
				      application, number),
			 1 + edits->seen[number]);
	snprintf(wanted.text, sizeof(wanted.text), "%s",
		 store_text("SELECT body FROM messages WHERE "
			    "application_id = %llu AND number = %u",
			    application, number));
	assert_string_equal(edits->last[number], wanted.text);
	assert_becomes(document_is, &wanted, DRAINED_MS);
}

static void edit_many(unsigned messages, unsigned wanted)
{
	static const char *const texts[MESSAGES] = { "a", "b", "c", "d", "e" };
	struct worker other;
	struct talk talk;
	struct edits edits = {
		&talk, &other, messages, 0, wanted, { 0 }, { "" }
	};
	struct http_many many = { .connections = 50,
				  .next = next_edit,
				  .done = done_edit,
				  .context = &edits };

	create_talk(&talk, texts, messages);
	worker_start("api", &other);
	http_many_run(&many);
	assert_becomes(outbox_is_empty, NULL, DRAINED_MS);
	broker_take("test.copy", check_copy, &edits);
	for (unsigned number = 1; number <= messages; number++)
		check_message(&edits, number);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	for (unsigned number = 1; number <= messages; number++)
		check_message(&edits, number);
	worker_stop(&other);
}

static void test_fifty_edits_of_one_message(void **state)
{
	(void)state;
	edit_many(1, 50);
}

static void test_two_relays_keep_the_order(void **state)
{
	(void)state;
	edit_many(MESSAGES, EDITS);
}

/* ---- events in the wrong order ---- */

static void publish_update(const struct talk *talk, unsigned revision,
			   const char *text)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "{\"v\":1,\"type\":\"message.updated\",\"id\":"
		 "\"01932f5e-7c00-7abc-8def-%012x\",\"app\":%llu,\"chat\":1,"
		 "\"number\":1,\"at\":1761566400123,\"gen\":%llu,\"rev\":%u,"
		 "\"body\":\"%s\"}\n",
		 revision, (unsigned long long)talk->application,
		 (unsigned long long)store_number(
			 "SELECT generation FROM numbering"),
		 revision, text);
	broker_publish("message.updated", line);
}

static bool one_row(void *context)
{
	return store_rows(((const struct talk *)context)->application) == 1;
}

static bool one_document(void *context)
{
	return store_documents(((const struct talk *)context)->application) ==
	       1;
}

static void test_the_newest_text_wins(void **state)
{
	struct talk talk;
	struct document wanted = { &talk, 1, "third" };

	(void)state;
	create_talk(&talk, NULL, 0);
	/* before the message itself */
	publish_update(&talk, 3, "third");
	assert_becomes(document_is, &wanted, STORED_MS);
	publish_update(&talk, 2, "second");
	broker_publish("message.created", broker_event(&talk, 1, "first"));
	publish_update(&talk, 3, "third");
	publish_update(&talk, 2, "second");
	broker_publish("message.created", broker_event(&talk, 1, "first"));
	assert_becomes(one_row, &talk, STORED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_true(document_is(&wanted));
	publish_update(&talk, 4, "fourth");
	snprintf(wanted.text, sizeof(wanted.text), "fourth");
	assert_becomes(document_is, &wanted, STORED_MS);
	assert_becomes(one_document, &talk, STORED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_crash_before_the_event_is_out,
					  stack_repair),
		cmocka_unit_test_setup_teardown(test_fifty_edits_of_one_message,
						broker_copy_set_up,
						broker_copy_take_down),
		cmocka_unit_test_setup_teardown(test_two_relays_keep_the_order,
						broker_copy_set_up,
						broker_copy_take_down),
		cmocka_unit_test(test_the_newest_text_wins),
	};

	return cmocka_run_group_tests_name("edit_events", tests, NULL, NULL);
}
