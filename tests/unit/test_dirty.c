/* links: counter */

#include "counter/dirty.h"

#include "tests/unit/unit.h"

#define MOST 16

/* Reduces n events given by value. */
static size_t reduce(const struct event *events, size_t n,
		     struct dirty_row *rows)
{
	const struct event *pointers[MOST] = { NULL };

	for (size_t i = 0; i < n; i++)
		pointers[i] = &events[i];
	return dirty_reduce(pointers, n, rows);
}

static struct event message(uint64_t application, uint64_t chat,
			    uint64_t number)
{
	return (struct event){ .type = EVENT_MESSAGE_CREATED,
			       .application_id = application,
			       .chat_number = chat,
			       .number = number };
}

static void assert_row(const struct dirty_row *row, uint64_t application,
		       uint64_t chat, uint64_t lowest, uint64_t announced)
{
	assert_int_equal(row->application_id, application);
	assert_int_equal(row->chat_number, chat);
	assert_int_equal(row->lowest, lowest);
	assert_int_equal(row->announced, announced);
}

static void test_nothing(void **state)
{
	struct dirty_row rows[MOST];

	(void)state;
	assert_int_equal(reduce(NULL, 0, rows), 0);
}

static void test_one_row_a_parent_in_key_order(void **state)
{
	const struct event events[] = {
		message(2, 1, 7), message(1, 9, 4), message(2, 1, 5),
		message(1, 2, 1), message(2, 1, 6), message(1, 9, 4),
	};
	struct dirty_row rows[MOST];

	(void)state;
	assert_int_equal(reduce(events, COUNT_OF(events), rows), 3);
	assert_row(&rows[0], 1, 2, 1, 1);
	assert_row(&rows[1], 1, 9, 4, 4);
	assert_row(&rows[2], 2, 1, 5, 7);
}

static void test_chats_belong_to_the_application(void **state)
{
	struct event events[] = { message(3, 0, 8), message(3, 8, 1),
				  message(3, 0, 9) };
	struct dirty_row rows[MOST];

	(void)state;
	events[0].type = EVENT_CHAT_CREATED;
	events[2].type = EVENT_CHAT_VOIDED;
	assert_int_equal(reduce(events, COUNT_OF(events), rows), 2);
	assert_row(&rows[0], 3, 0, 8, 9);
	assert_row(&rows[1], 3, 8, 1, 1);
}

static void test_edits_change_no_count(void **state)
{
	struct event events[] = { message(1, 1, 1), message(1, 2, 1),
				  message(1, 3, 1) };
	struct dirty_row rows[MOST];

	(void)state;
	events[0].type = EVENT_MESSAGE_UPDATED;
	events[1].type = EVENT_MESSAGE_UPDATED;
	events[2].type = EVENT_MESSAGE_VOIDED;
	assert_int_equal(reduce(events, 2, rows), 0);
	assert_int_equal(reduce(events, 3, rows), 1);
	assert_row(&rows[0], 1, 3, 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one_row_a_parent_in_key_order),
		cmocka_unit_test(test_chats_belong_to_the_application),
		cmocka_unit_test(test_edits_change_no_count),
	};

	return cmocka_run_group_tests_name("dirty", tests, NULL, NULL);
}
