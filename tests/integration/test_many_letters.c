#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* Ten thousand dead letters at once: published in the order of their numbers,
 * and each on the list until its row is stored. */

enum { LETTERS = 10000 };

/* As persisters record them. */
static void make_letters(const struct talk *talk)
{
	static const char digits[] =
		"(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 "
		"UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 "
		"UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 "
		"UNION ALL SELECT 9)";
	unsigned long long application = talk->application;

	store_execute("DELETE FROM dead_letters");
	store_execute(
		"INSERT INTO dead_letters (event_id, queue, type, "
		"application_id, chat_number, number, generation, reason, "
		"detail, event, times, first_at, last_at) SELECT "
		"UNHEX(CONCAT('01932f5e7c007abc8dec', id)), "
		"'confab.persist', 'message.created', %llu, 1, n, gen, "
		"'rejected', 'by the test', "
		"CONCAT('{\"v\":1,\"type\":\"message.created\",\"id\":"
		"\"01932f5e-7c00-7abc-8dec-', id, '\",\"app\":%llu,\"chat\":1,"
		"\"number\":', n, ',\"at\":1761566400123,\"gen\":', gen, "
		"',\"rev\":1,\"body\":\"letter ', n, '\"}'), 1, "
		"UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM "
		"(SELECT n, (SELECT generation FROM numbering) AS gen, "
		"LOWER(CONCAT(LPAD(HEX(%llu), 6, '0'), LPAD(HEX(n), 6, '0'))) "
		"AS id FROM (SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d + "
		"1 "
		"AS n FROM %s a, %s b, %s c, %s e) AS numbers) AS letters",
		application, application, application, digits, digits, digits,
		digits);
}

static uint64_t letters(void)
{
	return store_number("SELECT COUNT(*) FROM dead_letters");
}

struct order {
	uint64_t last, seen;
	bool broken;
};

static void look_at_order(void *context, const struct broker_message *message)
{
	static const char member[] = "\"number\":";
	struct order *order = context;
	const char *at = message->payload;

	while ((at = strstr(at, member)) != NULL) {
		uint64_t number = strtoull(at + strlen(member), NULL, 10);

		order->broken = order->broken || number <= order->last;
		order->last = number;
		order->seen++;
		at += strlen(member);
	}
}

static bool all_documents(void *context)
{
	return store_documents(((const struct talk *)context)->application) ==
	       LETTERS;
}

static bool counts_are_right(void *context)
{
	return store_counts_are_right(
		((const struct talk *)context)->application);
}

static void test_ten_thousand(void **state)
{
	struct order order = { 0, 0, false };
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	make_letters(&talk);
	assert_int_equal(letters(), LETTERS);
	/* nobody stores them: they are in the queue and on the list */
	stack_stop("persister");
	broker_copy_start();
	assert_non_null(
		strstr(confabctl(1, "dead-letters", "replay", "--all", NULL),
		       "10000 wait"));
	broker_take("test.copy", look_at_order, &order);
	broker_copy_stop();
	assert_int_equal(order.seen, LETTERS);
	assert_false(order.broken);
	assert_int_equal(letters(), LETTERS);
	assert_int_equal(store_rows(talk.application), 0);
	/* once more, with what is in the queue already */
	stack_start("persister");
	confabctl(0, "dead-letters", "replay", "--all", NULL);
	assert_int_equal(letters(), 0);
	assert_int_equal(store_rows(talk.application), LETTERS);
	assert_int_equal(store_number("SELECT COUNT(*) FROM messages WHERE "
				      "application_id = %llu AND "
				      "body = CONCAT('letter ', number)",
				      (unsigned long long)talk.application),
			 LETTERS);
	assert_becomes(all_documents, &talk, DRAINED_MS);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	assert_becomes(counts_are_right, &talk, COUNTED_MS);
	assert_int_equal(letters(), 0);
	confabctl(0, "dead-letters", "replay", "--all", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_ten_thousand, stack_repair),
	};

	return cmocka_run_group_tests_name("many_letters", tests, NULL, NULL);
}
