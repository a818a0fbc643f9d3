#include <stdio.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/numbers_store.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What comes out of an older generation of numbers after a recovery was never
 * acknowledged, and must not speak for a number that is given out anew. */

/* The lease of the lost numbers, and the drain behind it. */
#define RECOVERED_MS 60000

static bool create_is_accepted(void *context)
{
	const struct talk *talk = context;

	return api("POST", "{\"body\":\"afterwards\"}",
		   "/applications/%s/chats/1/messages", talk->token)
		       ->status == 202;
}

/* Redis loses all it knew; numbers are given out again when it returns. */
static void recover(const struct talk *talk)
{
	uint64_t before = store_number("SELECT generation FROM numbering");

	numbers_store_flush();
	assert_becomes(create_is_accepted, (void *)talk, RECOVERED_MS);
	assert_true(store_number("SELECT generation FROM numbering") > before);
}

static int start(void **state)
{
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	recover(&talk);
	return 0;
}

/* An event as an API process would have made it, `back` generations ago. */
struct made {
	const char *type;
	unsigned back, number;
	char id; /* a hex digit, different for different events of a number */
	const char *rest;
};

static void publish(const struct talk *talk, const struct made *made)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "{\"v\":1,\"type\":\"%s\",\"id\":"
		 "\"01932f5e-7c00-7abc-8de%c-%06llx%06x\",\"app\":%llu,"
		 "\"chat\":1,\"number\":%u,\"at\":%llu,\"gen\":%llu,"
		 "\"rev\":1%s}\n",
		 made->type, made->id, (unsigned long long)talk->application,
		 made->number, (unsigned long long)talk->application,
		 made->number,
		 (unsigned long long)store_number(
			 "SELECT CAST(UNIX_TIMESTAMP() * 1000 AS UNSIGNED)"),
		 (unsigned long long)store_number("SELECT generation - %u "
						  "FROM numbering",
						  made->back),
		 made->rest);
	broker_publish(made->type, line);
}

struct row {
	const struct talk *talk;
	unsigned number;
	const char *body;
};

static bool is_stored(void *context)
{
	const struct row *row = context;

	return strcmp(store_text("SELECT body FROM messages WHERE "
				 "application_id = %llu AND number = %u",
				 (unsigned long long)row->talk->application,
				 row->number),
		      row->body) == 0;
}

static bool is_document(void *context)
{
	const struct row *row = context;
	const char *text =
		store_document(row->talk->application, 1, row->number);

	return text && strcmp(text, row->body) == 0;
}

/* ---- keys ---- */

#define KEYED                                                                  \
	",\"body\":\"keyed\",\"key\":\"late\",\"fingerprint\":"                \
	"\"00112233445566778899aabbccddeeff\""

static uint64_t key_records(const struct talk *talk)
{
	return store_number("SELECT COUNT(*) FROM idempotency WHERE "
			    "application_id = %llu",
			    (unsigned long long)talk->application);
}

static uint64_t rows_of(const struct talk *talk, const char *body)
{
	return store_number("SELECT COUNT(*) FROM messages WHERE "
			    "application_id = %llu AND body = '%s'",
			    (unsigned long long)talk->application, body);
}

static bool has_letter(void *context)
{
	return store_number("SELECT COUNT(*) FROM dead_letters "
			    "WHERE application_id = %llu",
			    (unsigned long long)((const struct talk *)context)
				    ->application) == 1;
}

static bool is_alone(void *context)
{
	return rows_of(context, "keyed") == 1;
}

static void forget_letters(const struct talk *talk)
{
	store_execute("DELETE FROM dead_letters WHERE application_id = %llu",
		      (unsigned long long)talk->application);
}

/* Its number may be another event's by the time a retry asks, and the retry
 * makes a row of its own: the late event makes none, now or when somebody
 * replays it. */
static void test_a_late_key_is_not_answered(void **state)
{
	const struct made late = { "message.created", 1, 50, 'a', KEYED };
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	publish(&talk, &late);
	assert_becomes(has_letter, &talk, COUNTED_MS);
	assert_int_equal(key_records(&talk), 0);
	confabctl(0, "dead-letters", "replay", store_letter(talk.application),
		  NULL);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_int_equal(rows_of(&talk, "keyed"), 0);
	reply = api_with("Idempotency-Key: late", "POST",
			 "{\"body\":\"keyed\"}",
			 "/applications/%s/chats/1/messages", talk.token);
	assert_status(reply, 202);
	assert_true(reply_number(reply, "number") != 50);
	publish(&talk, &late);
	assert_becomes(is_alone, &talk, COUNTED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_true(is_alone(&talk));
	forget_letters(&talk);
}

/* A promised one that is delivered once more is known. */
static void test_a_late_copy_changes_nothing(void **state)
{
	struct made event = { "message.created", 0, 50, 'f', KEYED };
	struct talk talk;
	struct row row = { &talk, 50, "keyed" };

	(void)state;
	create_talk(&talk, NULL, 0);
	publish(&talk, &event);
	assert_becomes(is_stored, &row, COUNTED_MS);
	recover(&talk);
	event.back = 1;
	publish(&talk, &event);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_int_equal(rows_of(&talk, "keyed"), 1);
	assert_false(has_letter(&talk));
}

static void test_a_key_of_today_is_kept(void **state)
{
	const struct made timely = { "message.created", 0, 50, 'b', KEYED };
	struct talk talk;
	struct row row = { &talk, 50, "keyed" };

	(void)state;
	create_talk(&talk, NULL, 0);
	publish(&talk, &timely);
	assert_becomes(is_stored, &row, COUNTED_MS);
	assert_int_equal(key_records(&talk), 1);
}

static const struct http_reply *post_refused(const struct talk *talk)
{
	return api_with("Idempotency-Key: refused", "POST",
			"{\"body\":\"refused\"}",
			"/applications/%s/chats/1/messages", talk->token);
}

static int refuse(void **state)
{
	(void)state;
	store_execute("ALTER TABLE messages ADD CONSTRAINT test_refuses "
		      "CHECK (body NOT LIKE 'refused%%')");
	return 0;
}

static int refuse_no_more(void **state)
{
	store_execute("ALTER TABLE messages DROP CONSTRAINT test_refuses");
	return stack_repair(state);
}

/* What was promised and could not be stored keeps its key over a recovery. */
static void test_a_dead_letters_key_is_answered(void **state)
{
	const struct http_reply *reply;
	struct talk talk;
	uint64_t number;

	(void)state;
	create_talk(&talk, NULL, 0);
	reply = post_refused(&talk);
	assert_status(reply, 202);
	number = reply_number(reply, "number");
	assert_becomes(has_letter, &talk, COUNTED_MS);
	recover(&talk);
	reply = post_refused(&talk);
	assert_status(reply, 202);
	assert_int_equal(reply_number(reply, "number"), number);
	assert_header(reply, "Idempotency-Replayed", "true");
	/* once it is given up, the key is free, and the number is not */
	confabctl(0, "dead-letters", "drop", store_letter(talk.application),
		  "--yes");
	assert_int_equal(store_number("SELECT COUNT(*) FROM voids WHERE "
				      "application_id = %llu AND number = %llu",
				      (unsigned long long)talk.application,
				      (unsigned long long)number),
			 1);
	reply = post_refused(&talk);
	assert_status(reply, 202);
	assert_true(reply_number(reply, "number") > number);
}

/* ---- tombstones ---- */

static bool is_void(void *context)
{
	const struct row *row = context;

	return store_number("SELECT COUNT(*) FROM voids WHERE "
			    "application_id = %llu AND number = %u",
			    (unsigned long long)row->talk->application,
			    row->number) == 1;
}

static void test_a_late_tombstone_is_not_stored(void **state)
{
	const struct made late = { "message.voided", 1, 60, 'c', "" };
	const struct made timely = { "message.voided", 0, 61, 'c', "" };
	struct talk talk;
	struct row lasting = { &talk, 61, "" }, passing = { &talk, 60, "" };

	(void)state;
	create_talk(&talk, NULL, 0);
	publish(&talk, &late);
	publish(&talk, &timely);
	assert_becomes(is_void, &lasting, COUNTED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_false(is_void(&passing));
}

/* ---- the index ---- */

/* Both begin at revision 1; the newer generation has the number. */
static void test_the_index_follows_the_row(void **state)
{
	const struct made late = { "message.created", 1, 70, 'd',
				   ",\"body\":\"never acknowledged\"" };
	const struct made newer = { "message.created", 0, 70, 'e',
				    ",\"body\":\"promised\"" };
	struct talk talk;
	struct row old = { &talk, 70, "never acknowledged" };
	struct row row = { &talk, 70, "promised" };

	(void)state;
	create_talk(&talk, NULL, 0);
	publish(&talk, &late);
	assert_becomes(is_stored, &old, COUNTED_MS);
	assert_becomes(is_document, &old, COUNTED_MS);
	publish(&talk, &newer);
	assert_becomes(is_stored, &row, COUNTED_MS);
	assert_becomes(is_document, &row, COUNTED_MS);
	/* and what gave way changes nothing when it comes again */
	publish(&talk, &late);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_true(is_document(&row));
	confabctl(0, "reindex", NULL, NULL, NULL);
	assert_becomes(is_document, &row, COUNTED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_late_key_is_not_answered),
		cmocka_unit_test(test_a_late_copy_changes_nothing),
		cmocka_unit_test(test_a_key_of_today_is_kept),
		cmocka_unit_test(test_a_late_tombstone_is_not_stored),
		cmocka_unit_test(test_the_index_follows_the_row),
		cmocka_unit_test_setup_teardown(
			test_a_dead_letters_key_is_answered, refuse,
			refuse_no_more),
	};

	return cmocka_run_group_tests_name("late_events", tests, start, NULL);
}
