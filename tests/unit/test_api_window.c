/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/window.h"

struct log {
	uint64_t sequences[64];
	enum settlement settlements[64];
	size_t count;
};

static void record(void *context, struct publication *publication,
		   enum settlement settlement)
{
	struct log *log = context;

	log->sequences[log->count] = publication->sequence;
	log->settlements[log->count++] = settlement;
}

static void fill(struct window *window, struct log *log, uint64_t n)
{
	memset(window, 0, sizeof(*window));
	memset(log, 0, sizeof(*log));
	window->settle = record;
	window->context = log;
	for (uint64_t i = 1; i <= n; i++) {
		struct publication publication = { .sequence = i };

		publication.message_id[0] = (char)('a' + i);
		assert_true(window_add(window, &publication));
	}
}

static struct amqp_notice ack(uint64_t sequence, bool multiple)
{
	return (struct amqp_notice){ .kind = AMQP_ACK,
				     .sequence = sequence,
				     .multiple = multiple };
}

static void single_acks_settle_in_any_order(void **state)
{
	struct amqp_notice second = ack(2, false), first = ack(1, false);
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, 3);
	window_notice(&window, &second);
	window_notice(&window, &first);
	assert_int_equal(log.count, 2);
	assert_int_equal(log.sequences[0], 2);
	assert_int_equal(log.sequences[1], 1);
	assert_int_equal(window.used, 1);
}

static void a_multiple_ack_covers_gaps_once(void **state)
{
	struct amqp_notice second = ack(2, false), all = ack(4, true);
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, 5);
	window_notice(&window, &second);
	window_notice(&window, &all);
	window_notice(&window, &all);
	assert_int_equal(log.count, 4);
	assert_int_equal(window.used, 1);
}

static void an_ack_for_an_old_tag_changes_nothing(void **state)
{
	struct amqp_notice old = ack(9, false);
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, 2);
	window_notice(&window, &old);
	assert_int_equal(log.count, 0);
}

static void a_nack_leaves_only_its_message_unsure(void **state)
{
	struct amqp_notice nack = { .kind = AMQP_NACK, .sequence = 2 };
	struct amqp_notice all = ack(3, true);
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, 3);
	window_notice(&window, &nack);
	window_notice(&window, &all);
	assert_int_equal(log.settlements[0], SETTLED_UNSURE);
	assert_int_equal(log.settlements[1], SETTLED_CONFIRMED);
	assert_int_equal(log.settlements[2], SETTLED_CONFIRMED);
}

static void a_returned_message_is_refused_although_acked(void **state)
{
	struct amqp_notice returned = { .kind = AMQP_RETURN,
					.message_id = { 'a' + 2 } };
	struct amqp_notice all = ack(2, true);
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, 2);
	window_notice(&window, &returned);
	window_notice(&window, &all);
	assert_int_equal(log.settlements[0], SETTLED_CONFIRMED);
	assert_int_equal(log.sequences[1], 2);
	assert_int_equal(log.settlements[1], SETTLED_REFUSED);
}

static void a_lost_link_leaves_all_unsure(void **state)
{
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, 3);
	window_lose_all(&window);
	assert_int_equal(log.count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(log.settlements[i], SETTLED_UNSURE);
	assert_int_equal(window.used, 0);
}

static void a_full_window_takes_no_more(void **state)
{
	struct publication publication = { .sequence = 1000 };
	struct window window;
	struct log log;

	(void)state;
	fill(&window, &log, WINDOW_SLOTS);
	assert_false(window_add(&window, &publication));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_acks_settle_in_any_order),
		cmocka_unit_test(a_multiple_ack_covers_gaps_once),
		cmocka_unit_test(an_ack_for_an_old_tag_changes_nothing),
		cmocka_unit_test(a_nack_leaves_only_its_message_unsure),
		cmocka_unit_test(a_returned_message_is_refused_although_acked),
		cmocka_unit_test(a_lost_link_leaves_all_unsure),
		cmocka_unit_test(a_full_window_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
