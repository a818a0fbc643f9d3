#include "common/batch.h"

#include "tests/unit/unit.h"

#define EVENTS 8
#define BYTES 4096

/* A sink that does as the test says, by the number of the event. */
struct fake {
	enum fault whole;
	enum fault faults[100];
	char seen[256]; /* numbers, in order; a bar after each write */
};

static enum fault fake_write(void *context, const struct event *const *events,
			     size_t n, struct verdict *verdicts,
			     struct error *error)
{
	struct fake *fake = context;
	size_t at = strlen(fake->seen);

	for (size_t i = 0; i < n; i++) {
		uint64_t number = events[i]->number;

		at += (size_t)snprintf(fake->seen + at, sizeof(fake->seen) - at,
				       "%d ", (int)number);
		assert_int_equal(verdicts[i].fault, FAULT_NONE);
		verdict_set(&verdicts[i], fake->faults[number], REASON_REJECTED,
			    "as told");
	}
	snprintf(fake->seen + at, sizeof(fake->seen) - at, "| ");
	return error_set(error, fake->whole, 0, "as told");
}

struct fixture {
	struct fake fake;
	struct sink sink;
	struct inflight inflight;
	struct batch batch;
	uint64_t tags;
};

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->sink.write = fake_write;
	f->sink.context = &f->fake;
	assert_true(batch_init(&f->batch, EVENTS, BYTES));
}

static void end(struct fixture *f)
{
	batch_release(&f->batch);
	inflight_clear(&f->inflight);
}

/* A delivery with the events first .. last; 0 stands for a bad line. */
static void deliver(struct fixture *f, unsigned first, unsigned last)
{
	struct amqp_delivery *delivery = calloc(1, sizeof(*delivery));
	struct buf body = BUF_INIT;

	assert_non_null(delivery);
	for (unsigned number = first; number <= last; number++) {
		struct event event = {
			.type = EVENT_MESSAGE_CREATED,
			.revision = 1,
			.application_id = 1,
			.chat_number = 1,
			.number = number,
			.body = "say \"hi\"\n",
			.body_length = 9,
		};

		assert_true(uuid_new(1, &event.id));
		if (number == 0)
			buf_append_text(&body, "{\"v\":1}\n");
		else
			event_encode(&event, &body);
	}
	delivery->tag = ++f->tags;
	delivery->body = buf_take(&body, &delivery->length);
	assert_true(inflight_add(&f->inflight, &delivery));
}

static struct batch_result write_once(struct fixture *f, enum fault expected)
{
	struct error error = ERROR_INIT;
	struct batch_result result;

	assert_int_equal(batch_fill(&f->batch, &f->inflight, &error),
			 FAULT_NONE);
	assert_int_equal(batch_write(&f->batch, &f->sink, &result, &error),
			 expected);
	batch_settle(&f->batch);
	return result;
}

static bool next_ack(struct fixture *f, uint64_t *tag)
{
	bool multiple;

	return inflight_next_ack(&f->inflight, tag, &multiple);
}

static void test_all_well(void **state)
{
	struct fixture f;
	struct batch_result result;
	uint64_t tag;

	(void)state;
	begin(&f);
	deliver(&f, 1, 3);
	deliver(&f, 4, 5);
	result = write_once(&f, FAULT_NONE);
	assert_int_equal(result.offered, 5);
	assert_int_equal(result.settled, 5);
	assert_string_equal(f.fake.seen, "1 2 3 4 5 | ");
	assert_true(next_ack(&f, &tag));
	assert_int_equal(tag, 2);
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 0);
	end(&f);
}

static void test_full_batches(void **state)
{
	struct fixture f;
	uint64_t tag;

	(void)state;
	begin(&f);
	deliver(&f, 1, 10);
	assert_int_equal(write_once(&f, FAULT_NONE).offered, EVENTS);
	assert_false(next_ack(&f, &tag));
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 2);
	assert_true(next_ack(&f, &tag));
	end(&f);
}

static void test_bytes_bound_a_batch(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	f.batch.max_bytes = 350; /* two lines and a part */
	deliver(&f, 1, 3);
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 2);
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 1);
	f.batch.max_bytes = 10; /* a longer line comes alone */
	deliver(&f, 4, 5);
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 1);
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 1);
	end(&f);
}

static void test_temporary_verdict_comes_again(void **state)
{
	struct fixture f;
	struct batch_result result;
	uint64_t tag;

	(void)state;
	begin(&f);
	deliver(&f, 1, 2);
	deliver(&f, 3, 3);
	f.fake.faults[2] = FAULT_UNSURE;
	result = write_once(&f, FAULT_NONE);
	assert_int_equal(result.again, 1);
	assert_true(next_ack(&f, &tag));
	assert_int_equal(tag, 2);
	assert_false(next_ack(&f, &tag));
	deliver(&f, 4, 4);
	f.fake.faults[2] = FAULT_NONE;
	assert_int_equal(write_once(&f, FAULT_NONE).settled, 2);
	assert_string_equal(f.fake.seen, "1 2 3 | 2 4 | ");
	end(&f);
}

static void test_whole_fault_halves(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	deliver(&f, 1, 8);
	f.fake.whole = FAULT_TEMPORARY;
	for (int i = 0; i < 5; i++)
		(void)write_once(&f, FAULT_TEMPORARY);
	f.fake.whole = FAULT_NONE;
	for (int i = 0; i < 4; i++)
		(void)write_once(&f, FAULT_NONE);
	assert_string_equal(f.fake.seen,
			    "1 2 3 4 5 6 7 8 | 1 2 3 4 | 1 2 | 1 | 1 | "
			    "1 | 2 3 | 4 5 6 7 | 8 | ");
	end(&f);
}

static void test_bad_line_is_condemned_alone(void **state)
{
	struct dead_letter *letters[EVENTS];
	struct fixture f;
	uint64_t tag;

	(void)state;
	begin(&f);
	deliver(&f, 0, 2);
	assert_int_equal(write_once(&f, FAULT_NONE).settled, 2);
	assert_int_equal(batch_condemned(&f.batch, letters, EVENTS), 1);
	assert_null(letters[0]->event);
	assert_string_equal(letters[0]->reason, REASON_MALFORMED);
	assert_int_equal(letters[0]->length, 7);
	assert_memory_equal(letters[0]->line, "{\"v\":1}", 7);
	assert_false(next_ack(&f, &tag));
	/* it is not offered again while it waits */
	assert_int_equal(write_once(&f, FAULT_NONE).offered, 0);
	batch_bury(&f.batch, 1);
	batch_settle(&f.batch);
	assert_true(next_ack(&f, &tag));
	end(&f);
}

static void test_permanent_verdict_is_condemned(void **state)
{
	struct dead_letter *letters[EVENTS];
	struct fixture f;

	(void)state;
	begin(&f);
	deliver(&f, 1, 4);
	f.fake.faults[2] = f.fake.faults[4] = FAULT_PERMANENT;
	assert_int_equal(write_once(&f, FAULT_NONE).condemned, 2);
	/* the letters point at their events also after these moved */
	assert_int_equal(batch_condemned(&f.batch, letters, EVENTS), 2);
	assert_int_equal(letters[0]->event->number, 2);
	assert_int_equal(letters[1]->event->number, 4);
	assert_string_equal(letters[0]->reason, REASON_REJECTED);
	assert_string_equal(letters[0]->detail, "as told");
	batch_bury(&f.batch, 1);
	batch_settle(&f.batch);
	assert_int_equal(batch_condemned(&f.batch, letters, EVENTS), 1);
	assert_int_equal(letters[0]->event->number, 4);
	end(&f);
}

static void test_bug_stops(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	deliver(&f, 1, 2);
	f.fake.faults[2] = FAULT_BUG;
	(void)write_once(&f, FAULT_BUG);
	end(&f);
}

static void test_verdict_is_cut_at_a_character(void **state)
{
	struct verdict verdict;
	char detail[200];

	(void)state;
	memset(detail, 'x', sizeof(detail));
	memcpy(detail + sizeof(verdict.detail) - 2, "\xc3\xa9", 2);
	detail[sizeof(detail) - 1] = '\0';
	verdict_set(&verdict, FAULT_PERMANENT, REASON_REJECTED, detail);
	assert_int_equal(strlen(verdict.detail), sizeof(verdict.detail) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_well),
		cmocka_unit_test(test_full_batches),
		cmocka_unit_test(test_bytes_bound_a_batch),
		cmocka_unit_test(test_temporary_verdict_comes_again),
		cmocka_unit_test(test_whole_fault_halves),
		cmocka_unit_test(test_bad_line_is_condemned_alone),
		cmocka_unit_test(test_permanent_verdict_is_condemned),
		cmocka_unit_test(test_bug_stops),
		cmocka_unit_test(test_verdict_is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
