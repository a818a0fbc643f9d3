/* links: persister */
#include "persister/order.h"

#include "tests/unit/unit.h"

struct made {
	enum event_type type;
	unsigned application, chat, number, generation;
	uint8_t id;
};

/* "kind app.chat.number/generation#id" of each row, then the twins as
 * "event=of". */
static const char *order(const struct made *made, size_t n)
{
	static const char kinds[] = "CMcm";
	static char text[512];
	struct event events[16];
	const struct event *list[16];
	struct row rows[16];
	struct twin twins[16];
	size_t twin_count, count, at = 0;

	memset(events, 0, sizeof(events));
	for (size_t i = 0; i < n; i++) {
		events[i].type = made[i].type;
		events[i].application_id = made[i].application;
		events[i].chat_number = made[i].chat;
		events[i].number = made[i].number;
		events[i].generation = made[i].generation;
		events[i].id.bytes[15] = made[i].id;
		list[i] = &events[i];
	}
	count = order_rows(list, n, rows, twins, &twin_count);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct event *event = rows[i].event;

		assert_ptr_equal(event, list[rows[i].index]);
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%c%d.%d.%d/%d#%d ",
			kinds[rows[i].kind], (int)event->application_id,
			(int)event->chat_number, (int)event->number,
			(int)event->generation, event->id.bytes[15]);
	}
	for (size_t i = 0; i < twin_count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%zu=%zu ",
				       twins[i].index, twins[i].of);
	return text;
}

static void test_by_kind_and_key(void **state)
{
	static const struct made made[] = {
		{ EVENT_MESSAGE_VOIDED, 1, 1, 1, 1, 1 },
		{ EVENT_MESSAGE_CREATED, 2, 1, 1, 1, 2 },
		{ EVENT_MESSAGE_CREATED, 1, 2, 9, 1, 3 },
		{ EVENT_MESSAGE_CREATED, 1, 10, 1, 1, 4 },
		{ EVENT_MESSAGE_CREATED, 1, 2, 8, 1, 5 },
		{ EVENT_CHAT_VOIDED, 1, 0, 7, 1, 6 },
		{ EVENT_CHAT_CREATED, 3, 0, 1, 1, 7 },
	};

	(void)state;
	assert_string_equal(order(made, COUNT_OF(made)),
			    "C3.0.1/1#7 M1.2.8/1#5 M1.2.9/1#3 M1.10.1/1#4 "
			    "M2.1.1/1#2 c1.0.7/1#6 m1.1.1/1#1 ");
}

static void test_updates_need_no_row(void **state)
{
	static const struct made made[] = {
		{ EVENT_MESSAGE_UPDATED, 1, 1, 1, 1, 1 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 1, 1, 2 },
		{ EVENT_MESSAGE_UPDATED, 1, 1, 2, 1, 3 },
	};

	(void)state;
	assert_string_equal(order(made, COUNT_OF(made)), "M1.1.1/1#2 ");
	assert_string_equal(order(made, 1), "");
	assert_string_equal(order(made, 0), "");
}

static void test_the_same_event_has_one_row(void **state)
{
	static const struct made made[] = {
		{ EVENT_MESSAGE_CREATED, 1, 1, 2, 1, 1 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 1, 1, 2 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 2, 1, 1 },
		{ EVENT_MESSAGE_VOIDED, 1, 1, 2, 1, 1 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 2, 1, 1 },
	};

	(void)state;
	assert_string_equal(order(made, COUNT_OF(made)),
			    "M1.1.1/1#2 M1.1.2/1#1 m1.1.2/1#1 2=0 4=0 ");
}

static void test_highest_generation_first(void **state)
{
	static const struct made made[] = {
		{ EVENT_MESSAGE_CREATED, 1, 1, 1, 1, 9 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 1, 3, 8 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 1, 2, 7 },
		{ EVENT_MESSAGE_CREATED, 1, 1, 1, 3, 6 },
	};

	(void)state;
	assert_string_equal(order(made, COUNT_OF(made)),
			    "M1.1.1/3#6 M1.1.1/3#8 M1.1.1/2#7 M1.1.1/1#9 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_kind_and_key),
		cmocka_unit_test(test_updates_need_no_row),
		cmocka_unit_test(test_the_same_event_has_one_row),
		cmocka_unit_test(test_highest_generation_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
