#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/stores.h"

/* Events that come twice, late, or from another program. */

/* ---- the same events again ---- */

struct copies {
	unsigned count;
	struct {
		char routing_key[64];
		char *payload;
	} messages[64];
};

static void keep_copy(void *context, const struct broker_message *message)
{
	struct copies *copies = context;
	unsigned i = copies->count++;

	assert_true(i < COUNT_OF(copies->messages));
	strncpy(copies->messages[i].routing_key, message->routing_key,
		sizeof(copies->messages[i].routing_key) - 1);
	copies->messages[i].payload = strdup(message->payload);
	assert_non_null(copies->messages[i].payload);
}

/* Last first, so that late ones come early too. */
static void publish_again(struct copies *copies)
{
	while (copies->count > 0) {
		unsigned i = --copies->count;

		broker_publish(copies->messages[i].routing_key,
			       copies->messages[i].payload);
		free(copies->messages[i].payload);
	}
}

static bool newest_is_searchable(void *context)
{
	const struct talk *talk = context;
	const char *text = store_document(talk->application, 1, 2);

	return text && strcmp(text, "two, edited") == 0;
}

static bool counts_are_right(void *context)
{
	return store_counts_are_right(((struct talk *)context)->application);
}

static void assert_unchanged(const struct talk *talk)
{
	assert_int_equal(store_chats(talk->application), 1);
	assert_int_equal(store_rows(talk->application), 3);
	assert_int_equal(store_documents(talk->application), 3);
	assert_true(store_counts_are_right(talk->application));
	assert_string_equal(store_text("SELECT body FROM messages WHERE "
				       "application_id = %llu AND number = 2",
				       (unsigned long long)talk->application),
			    "two, edited");
	assert_string_equal(store_document(talk->application, 1, 2),
			    "two, edited");
}

static void test_the_same_events_again_change_nothing(void **state)
{
	static const char *const texts[] = { "one", "two", "three" };
	struct copies copies = { 0 };
	struct talk talk;

	(void)state;
	create_talk(&talk, texts, 3);
	assert_status(api("PATCH", "{\"message\":{\"body\":\"two, edited\"}}",
			  "/applications/%s/chats/1/messages/2", talk.token),
		      200);
	assert_becomes(newest_is_searchable, &talk, STORED_MS);
	assert_becomes(counts_are_right, &talk, COUNTED_MS);
	broker_take("test.copy", keep_copy, &copies);
	assert_true(copies.count >= 3);
	publish_again(&copies);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_unchanged(&talk);
}

/* ---- events that another program makes ---- */

static bool two_rows_and_documents(void *context)
{
	const struct talk *talk = context;

	return store_rows(talk->application) == 2 &&
	       store_documents(talk->application) == 2 &&
	       store_counts_are_right(talk->application);
}

static void test_foreign_events_are_taken_like_ours(void **state)
{
	const struct http_reply *reply;
	struct buf lines = BUF_INIT;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	buf_append_text(&lines, broker_event(&talk, 1, "from elsewhere"));
	buf_append_text(&lines, broker_event(&talk, 2, "and another"));
	broker_publish("message.created", lines.data);
	buf_release(&lines);
	assert_becomes(two_rows_and_documents, &talk, COUNTED_MS);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/1",
		    talk.token);
	assert_status(reply, 200);
	assert_string_equal(reply_text(reply, "body"), "from elsewhere");
	assert_string_equal(reply_text(reply, "created_at"),
			    "2025-10-27T12:00:00.123Z");
}

/* ---- poison ---- */

struct letters {
	const char *line; /* that is looked for */
	unsigned persist, index, count;
	char reason[64];
};

static void look_at_letter(void *context, const struct broker_message *message)
{
	struct letters *letters = context;
	size_t length = strcspn(message->payload, "\n");

	/* the bad line alone */
	if (strlen(letters->line) != length ||
	    strncmp(message->payload, letters->line, length) != 0)
		return;
	assert_true(message->payload[length] == '\0' ||
		    message->payload[length + 1] == '\0');
	letters->persist += strcmp(message->queue, "confab.persist") == 0;
	letters->index += strcmp(message->queue, "confab.index") == 0;
	letters->count += strcmp(message->queue, "confab.count") == 0;
	strncpy(letters->reason, message->reason, sizeof(letters->reason) - 1);
}

static bool persister_gave_up(void *context)
{
	struct letters *letters = context;

	broker_take("confab.dead", look_at_letter, letters);
	return letters->persist > 0;
}

static void assert_dead_letter(const char *bad, const char *reason)
{
	struct letters letters = { .line = bad };

	assert_becomes(persister_gave_up, &letters, COUNTED_MS);
	assert_string_equal(letters.reason, reason);
	assert_int_equal(letters.persist, 1);
}

/* Publishes good, bad, good in one AMQP message: the neighbours get stored,
 * the bad one gets into confab.dead. */
static void poison(const char *bad)
{
	struct buf lines = BUF_INIT;
	struct talk talk;

	create_talk(&talk, NULL, 0);
	buf_append_text(&lines, broker_event(&talk, 1, "a good neighbour"));
	buf_append_text(&lines, bad);
	buf_append_text(&lines, "\n");
	buf_append_text(&lines, broker_event(&talk, 2, "another one"));
	broker_publish("message.created", lines.data);
	buf_release(&lines);
	assert_becomes(two_rows_and_documents, &talk, COUNTED_MS);
	assert_dead_letter(bad, "malformed");
}

static void test_malformed_line(void **state)
{
	(void)state;
	poison("this is no JSON");
}

static void test_unknown_version(void **state)
{
	(void)state;
	poison("{\"v\":2,\"type\":\"message.created\"}");
}

static void test_unknown_type(void **state)
{
	(void)state;
	poison("{\"v\":1,\"type\":\"message.exploded\"}");
}

static bool one_row(void *context)
{
	return store_rows(((struct talk *)context)->application) == 1;
}

/* A number that belongs to another event already. */
static void test_collision(void **state)
{
	struct buf lines = BUF_INIT;
	char bad[512];
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	broker_publish("message.created", broker_event(&talk, 1, "the first"));
	assert_becomes(one_row, &talk, STORED_MS);
	snprintf(bad, sizeof(bad), "%s", broker_event(&talk, 1, "an impostor"));
	bad[strcspn(bad, "\n")] = '\0';
	*(strstr(bad, "01932f5e")) = 'f';
	buf_printf(&lines, "%s\n%s", bad,
		   broker_event(&talk, 2, "a good neighbour"));
	broker_publish("message.created", lines.data);
	buf_release(&lines);
	assert_becomes(two_rows_and_documents, &talk, COUNTED_MS);
	assert_dead_letter(bad, "collision");
	assert_string_equal(store_text("SELECT body FROM messages WHERE "
				       "application_id = %llu AND number = 1",
				       (unsigned long long)talk.application),
			    "the first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_the_same_events_again_change_nothing,
			broker_copy_set_up, broker_copy_take_down),
		cmocka_unit_test(test_foreign_events_are_taken_like_ours),
		cmocka_unit_test(test_malformed_line),
		cmocka_unit_test(test_unknown_version),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_collision),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
