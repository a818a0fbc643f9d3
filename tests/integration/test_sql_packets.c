#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/sql_session.h"
#include "tests/integration/stores.h"

/* SQL that takes less at once than we send: case 21 of docs/failure-cases.md.
 */

enum { BACKLOG = 30 };

#define SMALL_PACKET 32768
#define MIDDLE 8000 /* bytes; a batch of these is too much */
#define LARGE 60000 /* too much by itself */

static void post_filled(const struct talk *talk, char letter, size_t length)
{
	static char text[LARGE + 1];

	memset(text, letter, length);
	text[length] = '\0';
	create_message(talk->token, 1, text);
}

static void post_many(const struct talk *talk, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		post_filled(talk, 'a', MIDDLE);
}

static bool is_counted(void *context)
{
	const struct talk *talk = context;

	return store_counts_are_right(talk->application);
}

static uint64_t length_of(const struct talk *talk, unsigned number)
{
	return store_number("SELECT LENGTH(body) FROM messages WHERE "
			    "application_id = %llu AND number = %u",
			    (unsigned long long)talk->application, number);
}

static void begin_small_packets(struct talk *talk, struct witness *witness)
{
	create_talk(talk, NULL, 0);
	witness_init(witness, "persister");
	sql_set_global("max_allowed_packet", SMALL_PACKET);
	sql_cut("persister");
}

/* Case 21: a batch over max_allowed_packet is cut. */
static void test_21_batch_over_max_allowed_packet(void **state)
{
	struct rows_wanted wanted = { .rows = BACKLOG };
	struct witness witness;
	struct talk talk;

	(void)state;
	wanted.talk = &talk;
	begin_small_packets(&talk, &witness);
	post_many(&talk, BACKLOG);
	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_becomes(is_counted, &talk, DRAINED_MS);
	witness_assert_patient(&witness);
}

/* /ready lies beside the metrics. */
static bool is_red(void *context)
{
	const struct witness *witness = context;
	char url[256];

	snprintf(url, sizeof(url), "%.*s/ready",
		 (int)(strlen(witness->url) - strlen("/metrics")),
		 witness->url);
	return http_send("GET", NULL, NULL, url)->status == 503;
}

static bool holds_two(void *context)
{
	const struct witness *witness = context;

	return metric_sum(witness->url, "confab_consumer_in_hand_deliveries") ==
	       2;
}

/* The rows behind those that wait are stored, the others are not dropped. */
static void assert_passed_by(const struct talk *talk, struct witness *witness,
			     int64_t since_ms)
{
	struct rows_wanted wanted = { talk, 3 * BACKLOG };

	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	/* and nobody overlooks them */
	assert_becomes(is_red, witness, STORED_MS);
	assert_true(
		broker_log_says("persister", since_ms, "max_allowed_packet"));
	assert_int_equal(length_of(talk, BACKLOG + 1), 0);
	assert_int_equal(length_of(talk, 2 * BACKLOG + 2), 0);
	assert_becomes(holds_two, witness, STORED_MS);
}

/* Case 21: rows that are too large by themselves wait in hand until the
 * setting is mended, and hold up nobody. */
static void test_21_row_over_max_allowed_packet(void **state)
{
	struct rows_wanted wanted = { .rows = 3 * BACKLOG + 2 };
	int64_t since_ms = clock_wall_ms();
	struct witness witness;
	struct talk talk;

	(void)state;
	wanted.talk = &talk;
	begin_small_packets(&talk, &witness);
	post_many(&talk, BACKLOG);
	post_filled(&talk, 'b', LARGE);
	assert_becomes(witness_has_retried, &witness, DRAINED_MS);
	post_many(&talk, BACKLOG);
	post_filled(&talk, 'c', LARGE);
	post_many(&talk, BACKLOG);
	assert_passed_by(&talk, &witness, since_ms);
	sql_reset_globals();
	assert_becomes(fault_has_rows, &wanted, DRAINED_MS);
	assert_becomes(is_counted, &talk, DRAINED_MS);
	witness_assert_patient(&witness);
	assert_int_equal(length_of(&talk, BACKLOG + 1), LARGE);
	assert_int_equal(length_of(&talk, 2 * BACKLOG + 2), LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_21_batch_over_max_allowed_packet,
					  sql_repair),
		cmocka_unit_test_teardown(test_21_row_over_max_allowed_packet,
					  sql_repair),
	};

	return cmocka_run_group_tests_name("sql_packets", tests, NULL, NULL);
}
