#include "common/amqp.h"

#include "tests/unit/unit.h"

#include "tests/unit/fake_broker.h"

#define WAIT_MS 5000

struct fixture {
	struct fake_broker broker;
	struct amqp_link *link;
	char seen[256]; /* the notices */
};

static void begin(struct fixture *f, struct fake_script script)
{
	struct error error = ERROR_INIT;

	memset(f, 0, sizeof(*f));
	assert_true(fake_start(&f->broker, script));
	if (amqp_link_new(f->broker.url, "test", &f->link, &error) !=
	    FAULT_NONE)
		fail_row("connecting", "%s", error.text);
	assert_int_equal(amqp_link_confirm_select(f->link, &error), FAULT_NONE);
}

static void end(struct fixture *f)
{
	amqp_link_free(&f->link);
	fake_stop(&f->broker);
}

static enum fault publish(struct fixture *f)
{
	const struct amqp_publication what = {
		.exchange = "exchange",
		.routing_key = "key",
		.content_type = "text/plain",
		.message_id = "the-id",
		.body = "hello",
		.length = 5,
	};
	uint64_t sequence;
	struct error error;

	return amqp_link_publish(f->link, &what, &sequence, &error);
}

static void note(void *context, const struct amqp_notice *notice)
{
	static const char *const names[] = { "ack", "nack", "return", "blocked",
					     "unblocked" };
	struct fixture *f = context;
	size_t at = strlen(f->seen);

	at += (size_t)snprintf(f->seen + at, sizeof(f->seen) - at, "%s",
			       names[notice->kind]);
	if (notice->kind <= AMQP_NACK)
		snprintf(f->seen + at, sizeof(f->seen) - at, " %d%s; ",
			 (int)notice->sequence, notice->multiple ? "*" : "");
	else
		snprintf(f->seen + at, sizeof(f->seen) - at, " %s; ",
			 notice->message_id);
}

/* Reads until `want` was seen, or the link is gone. */
static enum fault read_until(struct fixture *f, const char *want,
			     struct error *error)
{
	enum fault fault = FAULT_NONE;

	for (int i = 0;
	     i < 100 && fault == FAULT_NONE && strstr(f->seen, want) == NULL;
	     i++)
		fault = amqp_link_read_notices(f->link, WAIT_MS, note, f,
					       error);
	return fault;
}

static void test_confirms_in_any_order(void **state)
{
	struct fake_script script = { .method = FAKE_PUBLISH, .times = 5 };
	struct error error = ERROR_INIT;
	struct fixture f;

	(void)state;
	fake_say_ack(&script.said, 5, false);
	fake_say_nack(&script.said, 3, false);
	fake_say_ack(&script.said, 2, true);
	fake_say_ack(&script.said, 4, false);
	begin(&f, script);
	for (int i = 0; i < 5; i++)
		assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(read_until(&f, "ack 4", &error), FAULT_NONE);
	assert_string_equal(f.seen, "ack 5; nack 3; ack 2*; ack 4; ");
	end(&f);
}

static void test_frames_come_byte_by_byte(void **state)
{
	struct fake_script script = { .method = FAKE_PUBLISH,
				      .times = 1,
				      .slowly = true };
	struct error error = ERROR_INIT;
	struct fixture f;

	(void)state;
	fake_say_return(&script.said, "the-id", "hello, in several frames");
	fake_say_ack(&script.said, 1, false);
	begin(&f, script);
	assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(read_until(&f, "ack", &error), FAULT_NONE);
	assert_string_equal(f.seen, "return the-id; ack 1; ");
	end(&f);
}

static void test_publishing_keeps_notices(void **state)
{
	struct fake_script script = { .method = FAKE_PUBLISH, .times = 1 };
	struct error error = ERROR_INIT;
	struct fixture f;
	uint32_t ready, consumers;

	(void)state;
	fake_say_ack(&script.said, 1, false);
	begin(&f, script);
	assert_int_equal(publish(&f), FAULT_NONE);
	/* its answer comes behind the confirm, which the library has then */
	assert_int_equal(amqp_link_queue_depth(f.link, "queue", &ready,
					       &consumers, &error),
			 FAULT_NONE);
	assert_int_equal(ready, 7);
	assert_int_equal(consumers, 2);
	assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(amqp_link_read_notices(f.link, 0, note, &f, &error),
			 FAULT_NONE);
	assert_string_equal(f.seen, "ack 1; ");
	end(&f);
}

static void test_blocked_refuses_and_goes_on(void **state)
{
	struct fake_script script = { .method = FAKE_PUBLISH, .times = 1 };
	struct error error = ERROR_INIT;
	struct fixture f;

	(void)state;
	fake_say_blocked(&script.said, true);
	begin(&f, script);
	assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(read_until(&f, "blocked", &error), FAULT_NONE);
	assert_true(amqp_link_blocked(f.link));
	assert_int_equal(publish(&f), FAULT_TEMPORARY);
	assert_int_equal(amqp_link_read_notices(f.link, 0, note, &f, &error),
			 FAULT_NONE);
	end(&f);
}

static void test_unblocked(void **state)
{
	struct fake_script script = { .method = FAKE_PUBLISH, .times = 1 };
	struct error error = ERROR_INIT;
	struct fixture f;

	(void)state;
	fake_say_blocked(&script.said, true);
	fake_say_blocked(&script.said, false);
	begin(&f, script);
	assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(read_until(&f, "unblocked", &error), FAULT_NONE);
	assert_false(amqp_link_blocked(f.link));
	assert_int_equal(publish(&f), FAULT_NONE);
	end(&f);
}

static void test_lost_link_gives_what_came_before(void **state)
{
	struct fake_script script = { .method = FAKE_PUBLISH, .times = 2 };
	struct error error = ERROR_INIT;
	struct fixture f;

	(void)state;
	fake_say_ack(&script.said, 1, false);
	fake_say_channel_close(&script.said, 404, "NOT_FOUND - no exchange");
	begin(&f, script);
	assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(publish(&f), FAULT_NONE);
	assert_int_equal(read_until(&f, "nothing", &error), FAULT_TEMPORARY);
	assert_string_equal(f.seen, "ack 1; ");
	assert_non_null(strstr(error.text, "404 NOT_FOUND - no exchange"));
	/* and stays lost */
	assert_int_equal(publish(&f), FAULT_TEMPORARY);
	assert_int_equal(amqp_link_read_notices(f.link, 0, note, &f, &error),
			 FAULT_TEMPORARY);
	end(&f);
}

static void test_ends_of_a_connection(void **state)
{
	(void)state;
	for (int garbage = 0; garbage < 2; garbage++) {
		struct fake_script script = { .method = FAKE_PUBLISH,
					      .times = 1,
					      .hang_up = !garbage };
		struct error error = ERROR_INIT;
		struct fixture f;

		if (garbage)
			fake_say_garbage(&script.said);
		begin(&f, script);
		assert_int_equal(publish(&f), FAULT_NONE);
		assert_int_equal(read_until(&f, "nothing", &error),
				 FAULT_TEMPORARY);
		assert_string_equal(f.seen, "");
		end(&f);
	}
}

static void test_publish_wait(void **state)
{
	static const struct {
		const char *name;
		enum fault fault;
		bool ack, nack, returned, hang_up;
	} rows[] = {
		{ "ack", FAULT_NONE, true, false, false, false },
		{ "nack", FAULT_TEMPORARY, false, true, false, false },
		{ "return", FAULT_TEMPORARY, true, false, true, false },
		{ "hang up", FAULT_UNSURE, false, false, false, true },
		{ "ack, hang up", FAULT_NONE, true, false, false, true },
		{ "silence", FAULT_UNSURE, false, false, false, false },
	};
	const struct amqp_publication what = { .exchange = "exchange",
					       .routing_key = "key",
					       .content_type = "text/plain",
					       .body = "hello",
					       .length = 5 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct fake_script script = { .method = FAKE_PUBLISH,
					      .times = 1,
					      .hang_up = rows[i].hang_up };
		struct error error = ERROR_INIT;
		struct fixture f;
		enum fault fault;

		if (rows[i].returned)
			fake_say_return(&script.said, "", "hello");
		if (rows[i].ack)
			fake_say_ack(&script.said, 1, false);
		if (rows[i].nack)
			fake_say_nack(&script.said, 1, true);
		begin(&f, script);
		fault = amqp_link_publish_wait(f.link, &what, 300, &error);
		if (fault != rows[i].fault)
			fail_row(rows[i].name, "%s: %s", fault_name(fault),
				 error.text);
		end(&f);
	}
}

static void test_deliveries(void **state)
{
	(void)state;
	for (int slowly = 0; slowly < 2; slowly++) {
		struct fake_script script = { .method = FAKE_CONSUME,
					      .times = 1,
					      .slowly = slowly };
		struct amqp_delivery *delivery;
		struct error error = ERROR_INIT;
		struct fixture f;

		fake_say_delivery(&script.said, 1, "one\ntwo\n", 3);
		fake_say_delivery(&script.said, 2, "", 3);
		begin(&f, script);
		assert_int_equal(amqp_link_consume(f.link, "queue", 10, &error),
				 FAULT_NONE);
		assert_int_equal(amqp_link_sync(f.link, &error), FAULT_NONE);
		/* all came before the answer to that */
		assert_int_equal(
			amqp_link_receive(f.link, 0, &delivery, &error),
			FAULT_NONE);
		assert_non_null(delivery);
		assert_int_equal(delivery->tag, 1);
		assert_int_equal(delivery->length, 8);
		assert_string_equal(delivery->body, "one\ntwo\n");
		assert_string_equal(delivery->routing_key, "message.created");
		amqp_delivery_free(&delivery);
		assert_int_equal(
			amqp_link_receive(f.link, 0, &delivery, &error),
			FAULT_NONE);
		assert_non_null(delivery);
		assert_int_equal(delivery->length, 0);
		amqp_delivery_free(&delivery);
		assert_int_equal(
			amqp_link_receive(f.link, 20, &delivery, &error),
			FAULT_NONE);
		assert_null(delivery);
		end(&f);
	}
}

static void test_cancelled_consumer(void **state)
{
	struct fake_script script = { .method = FAKE_QOS, .times = 2 };
	struct amqp_delivery *delivery;
	struct error error = ERROR_INIT;
	struct fixture f;

	(void)state;
	fake_say_cancel(&script.said);
	begin(&f, script);
	assert_int_equal(amqp_link_consume(f.link, "queue", 10, &error),
			 FAULT_NONE);
	assert_int_equal(amqp_link_sync(f.link, &error), FAULT_NONE);
	assert_int_equal(amqp_link_receive(f.link, WAIT_MS, &delivery, &error),
			 FAULT_TEMPORARY);
	assert_non_null(strstr(error.text, "cancelled the consumer"));
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confirms_in_any_order),
		cmocka_unit_test(test_frames_come_byte_by_byte),
		cmocka_unit_test(test_publishing_keeps_notices),
		cmocka_unit_test(test_blocked_refuses_and_goes_on),
		cmocka_unit_test(test_unblocked),
		cmocka_unit_test(test_lost_link_gives_what_came_before),
		cmocka_unit_test(test_ends_of_a_connection),
		cmocka_unit_test(test_publish_wait),
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_cancelled_consumer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
