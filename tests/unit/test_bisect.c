/* links: persister */
#include "persister/bisect.h"

#include <stdbool.h>

#include "common/clock.h"
#include "tests/unit/unit.h"

#define ITEMS 100

struct fake {
	bool bad[ITEMS], stored[ITEMS], condemned[ITEMS];
	size_t attempts;
	size_t fail_at; /* this attempt has `fault`; 0: none */
	enum fault fault;
	bool excuse; /* condemn() says that it is temporary after all */
	bool leave;  /* condemn() leaves it to the caller */
};

static enum fault attempt(void *context, size_t first, size_t count,
			  struct error *error)
{
	struct fake *fake = context;

	fake->attempts++;
	if (fake->attempts == fake->fail_at)
		return error_set(error, fake->fault, 0, "as told");
	for (size_t i = first; i < first + count; i++)
		if (fake->bad[i])
			return error_set(error, FAULT_PERMANENT, 0, "bad");
	for (size_t i = first; i < first + count; i++) {
		assert_false(fake->stored[i]);
		fake->stored[i] = true;
	}
	return FAULT_NONE;
}

static enum fault condemn(void *context, size_t item, const struct error *error)
{
	struct fake *fake = context;

	assert_string_equal(error->text, "bad");
	if (fake->excuse)
		return FAULT_TEMPORARY;
	fake->condemned[item] = true;
	return fake->leave ? FAULT_NONE : FAULT_PERMANENT;
}

static enum fault run(struct fake *fake, size_t count, int64_t within_ms,
		      size_t *done)
{
	const struct bisect bisect = {
		.context = fake,
		.attempt = attempt,
		.condemn = condemn,
		.deadline_ms = clock_monotonic_ms() + within_ms,
	};
	struct error error = ERROR_INIT;

	return bisect_run(&bisect, count, done, &error);
}

static void test_finds_the_bad_ones(void **state)
{
	static const struct {
		const char *name;
		size_t count, bad[4], bad_count;
	} rows[] = {
		{ "none", 100, { 0 }, 0 },
		{ "nothing at all", 0, { 0 }, 0 },
		{ "one alone", 1, { 0 }, 1 },
		{ "first", 100, { 0 }, 1 },
		{ "last", 100, { 99 }, 1 },
		{ "neighbours", 100, { 49, 50 }, 2 },
		{ "spread", 99, { 0, 33, 66, 98 }, 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct fake fake = { .attempts = 0 };
		size_t done;

		for (size_t b = 0; b < rows[i].bad_count; b++)
			fake.bad[rows[i].bad[b]] = true;
		if (run(&fake, rows[i].count, 60000, &done) != FAULT_NONE ||
		    done != rows[i].count)
			fail_row(rows[i].name, "is not done");
		for (size_t n = 0; n < rows[i].count; n++)
			if (fake.stored[n] == fake.bad[n] ||
			    fake.condemned[n] != fake.bad[n])
				fail_row(rows[i].name, "item %zu", n);
	}
}

static void test_temporary_fault_keeps_what_is_done(void **state)
{
	struct fake fake = { .fail_at = 4, .fault = FAULT_UNSURE };
	size_t done;

	(void)state;
	fake.bad[60] = true;
	/* 0-99 bad, 0-49 stored, 50-99 bad, 50-74 fails */
	assert_int_equal(run(&fake, 100, 60000, &done), FAULT_UNSURE);
	assert_int_equal(done, 50);
}

static void test_excused_item_is_not_given_up(void **state)
{
	struct fake fake = { .excuse = true };
	size_t done;

	(void)state;
	fake.bad[1] = true;
	assert_int_equal(run(&fake, 2, 60000, &done), FAULT_TEMPORARY);
	assert_int_equal(done, 1);
}

static void test_left_item_stops_nobody(void **state)
{
	struct fake fake = { .leave = true };
	size_t done;

	(void)state;
	fake.bad[0] = fake.bad[7] = true;
	assert_int_equal(run(&fake, 10, 60000, &done), FAULT_NONE);
	assert_int_equal(done, 10);
	for (size_t n = 0; n < 10; n++)
		assert_int_equal(fake.stored[n], !fake.condemned[n]);
	assert_true(fake.condemned[0] && fake.condemned[7]);
}

static void test_stops_when_time_is_up(void **state)
{
	struct fake fake = { .attempts = 0 };
	size_t done;

	(void)state;
	fake.bad[0] = true;
	assert_int_equal(run(&fake, 100, -1, &done), FAULT_TEMPORARY);
	/* the search from the left goes on to its first decision */
	assert_int_equal(done, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_bad_ones),
		cmocka_unit_test(test_temporary_fault_keeps_what_is_done),
		cmocka_unit_test(test_excused_item_is_not_given_up),
		cmocka_unit_test(test_left_item_stops_nobody),
		cmocka_unit_test(test_stops_when_time_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
