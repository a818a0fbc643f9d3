#include <stdio.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Batches of which some events fail and others do not: cases 17 and 30 of
 * docs/failure-cases.md. */

/* ---- dead letters ---- */

struct letters {
	const char *queue;
	const char *lines[4]; /* that are looked for */
	unsigned seen[4];
	const char *reason;
};

static void look_at_letter(void *context, const struct broker_message *message)
{
	struct letters *letters = context;
	size_t length = strcspn(message->payload, "\n");

	if (strcmp(message->queue, letters->queue) != 0)
		return;
	for (size_t i = 0; i < COUNT_OF(letters->lines); i++) {
		const char *line = letters->lines[i];

		if (!line || strlen(line) != length ||
		    strncmp(line, message->payload, length) != 0)
			continue;
		letters->seen[i]++;
		assert_string_equal(message->reason, letters->reason);
	}
}

static bool all_are_there(void *context)
{
	struct letters *letters = context;
	bool all = true;

	broker_take("confab.dead", look_at_letter, letters);
	for (size_t i = 0; i < COUNT_OF(letters->lines); i++)
		all = all && (!letters->lines[i] || letters->seen[i] > 0);
	return all;
}

static void assert_each_once(struct letters *letters)
{
	assert_becomes(all_are_there, letters, DRAINED_MS);
	for (size_t i = 0; i < COUNT_OF(letters->lines); i++)
		assert_int_equal(letters->seen[i], letters->lines[i] ? 1 : 0);
}

/* ---- poison in a batch ---- */

enum { BATCH = 256, TOO_LONG = 65536 };

/* An event that is well-formed but for the length of its text. */
static void make_too_long(const struct talk *talk, struct buf *line_r)
{
	char *text;

	buf_append_text(line_r, broker_event(talk, BATCH + 1, "@"));
	text = strchr(line_r->data, '@');
	assert_non_null(text);
	line_r->length = (size_t)(text - line_r->data);
	for (int i = 0; i < TOO_LONG; i++)
		buf_append_char(line_r, 'x');
	buf_append_text(line_r, "\"}");
}

/* 253 good lines in their order, the bad ones at the front, in the middle and
 * at the end. */
static void fill_batch(const struct talk *talk, struct letters *letters,
		       struct buf *lines)
{
	unsigned good = BATCH - 3;
	char text[32];

	for (unsigned number = 1; number <= good; number++) {
		if (number == 1)
			buf_printf(lines, "%s\n", letters->lines[0]);
		if (number == good / 2)
			buf_printf(lines, "%s\n", letters->lines[1]);
		snprintf(text, sizeof(text), "text %u", number);
		buf_append_text(lines, broker_event(talk, number, text));
	}
	buf_printf(lines, "%s\n", letters->lines[2]);
}

static void test_17_poison_in_a_batch_of_256(void **state)
{
	struct buf lines = BUF_INIT, too_long = BUF_INIT;
	struct letters letters = { .queue = "confab.persist",
				   .reason = "malformed" };
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	make_too_long(&talk, &too_long);
	letters.lines[0] = "{\"v\":1,\"type\":\"message.created\" and no JSON";
	letters.lines[1] = too_long.data;
	letters.lines[2] =
		"{\"v\":17,\"type\":\"message.created\",\"case\":17}";
	fill_batch(&talk, &letters, &lines);
	broker_publish("message.created", lines.data);
	fault_assert_settled(&talk, BATCH - 3);
	assert_each_once(&letters);
	buf_release(&lines);
	buf_release(&too_long);
}

/* ---- a _bulk answer with several statuses ---- */

static const struct http_reply *engine(const char *method, const char *body,
				       const char *path)
{
	char url[512];

	snprintf(url, sizeof(url), "%s/%s", setting("ELASTICSEARCH_URL"), path);
	return http_send(method, NULL, body, url);
}

#define ALIAS "confab-messages"
#define NARROW "test-narrow"

/* The index behind the alias. */
static void read_index(char name_r[256])
{
	const struct http_reply *reply =
		engine("GET", NULL, "_cat/aliases/" ALIAS "?h=index");

	assert_status(reply, 200);
	assert_int_equal(sscanf(reply->body, "%255s", name_r), 1);
}

static void move_alias(const char *from, const char *to)
{
	char body[1024];

	snprintf(body, sizeof(body),
		 "{\"actions\":[{\"remove\":{\"index\":\"%s\",\"alias\":"
		 "\"" ALIAS "\"}},{\"add\":{\"index\":\"%s\",\"alias\":"
		 "\"" ALIAS "\"}}]}",
		 from, to);
	assert_status(engine("POST", body, "_aliases"), 200);
}

static char usual_index[256];

/* Our own mapping takes whatever an event may hold; in this one numbers end at
 * 127. */
static void use_narrow_index(void)
{
	read_index(usual_index);
	assert_status(engine("PUT",
			     "{\"settings\":{\"number_of_replicas\":0},"
			     "\"mappings\":{\"properties\":{\"number\":"
			     "{\"type\":\"byte\"}}}}",
			     NARROW),
		      200);
	move_alias(usual_index, NARROW);
}

static void use_usual_index(void)
{
	if (!*usual_index)
		return;
	move_alias(NARROW, usual_index);
	assert_status(engine("DELETE", NULL, NARROW), 200);
	*usual_index = '\0';
}

static void block(bool blocked)
{
	assert_status(engine("PUT",
			     blocked ? "{\"index.blocks.read_only_allow_"
				       "delete\":true}"
				     : "{\"index.blocks.read_only_allow_"
				       "delete\":null}",
			     ALIAS "/_settings"),
		      200);
}

static bool documents_are(const struct talk *talk, const char *numbers)
{
	for (unsigned number = 1; number <= 9; number++) {
		bool wanted = strchr(numbers, (int)('0' + number)) != NULL;

		if ((store_document(talk->application, 1, number) != NULL) !=
		    wanted)
			return false;
	}
	return true;
}

struct documents {
	const struct talk *talk;
	const char *numbers;
};

static bool has_documents(void *context)
{
	const struct documents *wanted = context;

	return documents_are(wanted->talk, wanted->numbers);
}

/* 409 for 1, 201 for 3 and 5, 400 for 400. */
static void test_30_bulk_with_mixed_statuses(void **state)
{
	struct letters letters = { .queue = "confab.index",
				   .reason = "rejected" };
	struct buf lines = BUF_INIT;
	char first[512], bad[512];
	struct talk talk;
	struct documents one = { &talk, "1" }, all = { &talk, "135" };

	(void)state;
	create_talk(&talk, NULL, 0);
	use_narrow_index();
	snprintf(first, sizeof(first), "%s", broker_event(&talk, 1, "text 1"));
	broker_publish("message.created", first);
	assert_becomes(has_documents, &one, STORED_MS);
	snprintf(bad, sizeof(bad), "%s", broker_event(&talk, 400, "text 400"));
	buf_printf(&lines, "%s%s", first, broker_event(&talk, 3, "text 3"));
	buf_printf(&lines, "%s%s", bad, broker_event(&talk, 5, "text 5"));
	broker_publish("message.created", lines.data);
	buf_release(&lines);
	bad[strcspn(bad, "\n")] = '\0';
	letters.lines[0] = bad;
	assert_becomes(has_documents, &all, STORED_MS);
	assert_each_once(&letters);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_int_equal(store_rows(talk.application), 4);
}

/* 429, as an engine answers whose disk is nearly full: sent again until it is
 * taken. A mix of 429 and others is in tests/unit/test_elastic.c. */
static void test_30_bulk_with_429(void **state)
{
	struct witness witness;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	witness_init(&witness, "indexer");
	block(true);
	fault_post(&talk, 1, 9);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	block(false);
	fault_assert_settled(&talk, 9);
	witness_assert_patient(&witness);
}

static int engine_repair(void **state)
{
	use_usual_index();
	block(false);
	return fault_repair(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_17_poison_in_a_batch_of_256,
					  fault_repair),
		cmocka_unit_test_teardown(test_30_bulk_with_mixed_statuses,
					  engine_repair),
		cmocka_unit_test_teardown(test_30_bulk_with_429, engine_repair),
	};

	return cmocka_run_group_tests_name("batch_faults", tests, NULL, NULL);
}
