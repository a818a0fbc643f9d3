/* wraps: malloc calloc realloc reallocarray free */
/* wraps: amqp_link_new amqp_link_free amqp_link_consume amqp_link_cancel */
/* wraps: amqp_link_receive amqp_link_ack dead_letters_record backoff_next */
#include "tests/unit/failing.h"

#include "common/amqp.h"
#include "common/backoff.h"
#include "common/consumer.h"
#include "common/dead_letter.h"

/*
 * The consumer loop between a broker and a store whose memory does not run
 * out. The broker gives what was not acknowledged again to the next
 * connection, and ends the test when nothing is left.
 */
#define DELIVERIES 4
#define EVENTS 3 /* of each delivery */
#define NUMBERS (DELIVERIES * EVENTS)

/* Of each delivery one line is no event, one is refused for good. */
#define MALFORMED(number) ((number) % EVENTS == 1)
#define REJECTED(number) ((number) % EVENTS == 2)

static struct {
	bool acked[DELIVERIES + 1], given[DELIVERIES + 1]; /* by tag */
	bool settled[NUMBERS];
	bool connected;
	volatile sig_atomic_t stop;
} world;

/* ---- the broker ---- */

static struct amqp_link *const the_link = (void *)&world;

enum fault wrap_new(const char *url, const char *name,
		    struct amqp_link **link_r, struct error *error)
	INSTEAD_OF(amqp_link_new);
void wrap_free(struct amqp_link **link) INSTEAD_OF(amqp_link_free);
enum fault wrap_consume(struct amqp_link *link, const char *queue,
			uint16_t prefetch, struct error *error)
	INSTEAD_OF(amqp_link_consume);
enum fault wrap_cancel(struct amqp_link *link, struct error *error)
	INSTEAD_OF(amqp_link_cancel);
enum fault wrap_receive(struct amqp_link *link, int timeout_ms,
			struct amqp_delivery **delivery_r, struct error *error)
	INSTEAD_OF(amqp_link_receive);
enum fault wrap_ack(struct amqp_link *link, uint64_t tag, bool multiple,
		    struct error *error) INSTEAD_OF(amqp_link_ack);
enum fault wrap_record(struct dead_letters *letters,
		       struct dead_letter *const *list, size_t n,
		       size_t *done_r, struct error *error)
	INSTEAD_OF(dead_letters_record);
int64_t wrap_backoff(struct backoff *backoff) INSTEAD_OF(backoff_next);

enum fault wrap_new(const char *url, const char *name,
		    struct amqp_link **link_r, struct error *error)
{
	(void)url;
	(void)name;
	(void)error;
	assert_false(world.connected);
	world.connected = true;
	*link_r = the_link;
	return FAULT_NONE;
}

void wrap_free(struct amqp_link **link)
{
	if (*link)
		world.connected = false;
	*link = NULL;
	memset(world.given, 0, sizeof(world.given));
}

enum fault wrap_consume(struct amqp_link *link, const char *queue,
			uint16_t prefetch, struct error *error)
{
	(void)queue;
	(void)prefetch;
	(void)error;
	assert_ptr_equal(link, the_link);
	return FAULT_NONE;
}

enum fault wrap_cancel(struct amqp_link *link, struct error *error)
{
	(void)error;
	assert_ptr_equal(link, the_link);
	return FAULT_NONE;
}

static void append_line(struct buf *body, unsigned number)
{
	struct event event = {
		.type = EVENT_MESSAGE_CREATED,
		.revision = 1,
		.application_id = 1,
		.chat_number = 1,
		.number = number + 1,
		.body = "say \"hi\"\n",
		.body_length = 9,
	};

	if (MALFORMED(number))
		buf_printf(body, "{\"v\":1,\"number\":%u}", number);
	else
		event_encode(&event, body);
	if (!MALFORMED(number))
		body->length--;
	/* what later versions may add, more than fits without memory */
	body->length--;
	for (int i = 0; i < 40; i++)
		buf_printf(body, ",\"later%d\":%d", i, i);
	buf_append_text(body, "}\n");
}

static struct amqp_delivery *make_delivery(uint64_t tag)
{
	struct amqp_delivery *delivery = calloc(1, sizeof(*delivery));
	struct buf body = BUF_INIT;

	assert_non_null(delivery);
	for (unsigned i = 0; i < EVENTS; i++)
		append_line(&body, (unsigned)(tag - 1) * EVENTS + i);
	delivery->tag = tag;
	delivery->body = buf_take(&body, &delivery->length);
	return delivery;
}

enum fault wrap_receive(struct amqp_link *link, int timeout_ms,
			struct amqp_delivery **delivery_r, struct error *error)
{
	bool all = true;

	(void)timeout_ms;
	(void)error;
	assert_ptr_equal(link, the_link);
	*delivery_r = NULL;
	for (uint64_t tag = 1; tag <= DELIVERIES; tag++) {
		bool on;

		all = all && world.acked[tag];
		if (world.acked[tag] || world.given[tag])
			continue;
		world.given[tag] = true;
		on = failing_pause();
		*delivery_r = make_delivery(tag);
		failing_resume(on);
		failing_keep(*delivery_r);
		failing_keep((*delivery_r)->body);
		return FAULT_NONE;
	}
	if (all)
		world.stop = 1;
	return FAULT_NONE;
}

/* The one thing that must never come early. */
static void acknowledge(uint64_t tag)
{
	assert_true(world.given[tag]);
	world.acked[tag] = true;
	for (size_t i = 0; i < EVENTS; i++)
		assert_true(world.settled[(tag - 1) * EVENTS + i]);
}

enum fault wrap_ack(struct amqp_link *link, uint64_t tag, bool multiple,
		    struct error *error)
{
	(void)error;
	assert_ptr_equal(link, the_link);
	for (uint64_t t = multiple ? 1 : tag; t <= tag; t++)
		if (!world.acked[t])
			acknowledge(t);
	return FAULT_NONE;
}

/* ---- the stores ---- */

/* A line that is an event has failed for good only if the sink said so. */
enum fault wrap_record(struct dead_letters *letters,
		       struct dead_letter *const *list, size_t n,
		       size_t *done_r, struct error *error)
{
	assert_non_null(letters);
	(void)error;
	for (size_t i = 0; i < n; i++) {
		unsigned number;

		if (list[i]->event) {
			number = (unsigned)list[i]->event->number - 1;
			assert_true(REJECTED(number));
			assert_string_equal(list[i]->reason, REASON_REJECTED);
		} else {
			assert_int_equal(sscanf(list[i]->line,
						"{\"v\":1,\"number\":%u",
						&number),
					 1);
			assert_string_equal(list[i]->reason, REASON_MALFORMED);
		}
		world.settled[number] = true;
	}
	*done_r = n;
	return FAULT_NONE;
}

int64_t wrap_backoff(struct backoff *backoff)
{
	(void)backoff;
	return 0;
}

static enum fault store(void *context, const struct event *const *events,
			size_t n, struct verdict *verdicts, struct error *error)
{
	(void)context;
	(void)error;
	for (size_t i = 0; i < n; i++) {
		unsigned number = (unsigned)events[i]->number - 1;

		assert_int_equal(events[i]->body_length, 9);
		assert_memory_equal(events[i]->body, "say \"hi\"\n", 9);
		if (REJECTED(number))
			verdict_set(&verdicts[i], FAULT_PERMANENT,
				    REASON_REJECTED, "as told");
		else
			world.settled[number] = true;
	}
	return FAULT_NONE;
}

/* ---- the test ---- */

/* Only a consumer that did not start may end with less than all done. */
static bool consume(void)
{
	const struct sink sink = {
		.name = "test",
		.queue = "test",
		.write = store,
		.batch_events = 5,
		.batch_bytes = 2000, /* a batch is less than a delivery */
	};
	const struct consumer_settings settings = { "amqp://", 4, NULL, NULL };
	int code;

	memset(&world, 0, sizeof(world));
	code = consumer_run(&sink, &settings, &world.stop);
	assert_false(world.connected);
	if (code != EXIT_STOPPED) {
		assert_int_equal(code, EXIT_TEMPORARY);
		return false;
	}
	for (size_t i = 0; i < NUMBERS; i++)
		assert_true(world.settled[i]);
	for (size_t tag = 1; tag <= DELIVERIES; tag++)
		assert_true(world.acked[tag]);
	return true;
}

static void test_consumer(void **state)
{
	(void)state;
	failing_run(consume, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_consumer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
