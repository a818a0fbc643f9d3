#include "common/inflight.h"

#include "tests/unit/unit.h"

static void add(struct inflight *inflight, uint64_t tag, const char *body)
{
	struct amqp_delivery *delivery = calloc(1, sizeof(*delivery));

	assert_non_null(delivery);
	delivery->tag = tag;
	delivery->length = strlen(body);
	delivery->body = exact_copy(body, delivery->length);
	assert_true(inflight_add(inflight, &delivery));
	assert_null(delivery);
}

/* All lines, each in brackets. */
static const char *lines(struct inflight *inflight)
{
	static char text[256];
	struct inflight_line line;
	size_t at = 0;

	text[0] = '\0';
	while (inflight_next_line(inflight, SIZE_MAX, &line))
		at += (size_t)snprintf(text + at, sizeof(text) - at, "[%.*s]",
				       (int)line.length, line.text);
	return text;
}

static void test_cuts_lines(void **state)
{
	static const struct {
		const char *body, *lines;
	} rows[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "one", "[one]" },
		{ "one\n", "[one]" },
		{ "one\ntwo", "[one][two]" },
		{ "\none\n\n\ntwo\n\n", "[one][two]" },
		{ "one\r\n\r\ntwo\r\n", "[one\r][two\r]" },
		{ " \t \n one \n", "[ one ]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct inflight inflight = { 0 };
		const char *found;

		add(&inflight, 1, rows[i].body);
		found = lines(&inflight);
		if (strcmp(found, rows[i].lines) != 0)
			fail_row(rows[i].body, "gave %s", found);
		inflight_clear(&inflight);
	}
}

static void test_cuts_over_deliveries_in_order(void **state)
{
	struct inflight inflight = { 0 };

	(void)state;
	add(&inflight, 1, "a\nb\n");
	add(&inflight, 2, "\n");
	add(&inflight, 3, "c");
	assert_int_equal(inflight.count, 3);
	assert_int_equal(inflight.bytes, 6);
	assert_string_equal(lines(&inflight), "[a][b][c]");
	assert_string_equal(lines(&inflight), "");
	add(&inflight, 4, "d\n");
	assert_string_equal(lines(&inflight), "[d]");
	inflight_clear(&inflight);
	assert_int_equal(inflight.count, 0);
	assert_int_equal(inflight.bytes, 0);
}

static void test_line_that_is_too_long_stays(void **state)
{
	struct inflight inflight = { 0 };
	struct inflight_line line;

	(void)state;
	add(&inflight, 1, "12345\n");
	assert_false(inflight_next_line(&inflight, 4, &line));
	assert_true(inflight_next_line(&inflight, 5, &line));
	assert_int_equal(line.length, 5);
	assert_false(inflight_next_line(&inflight, SIZE_MAX, &line));
	inflight_clear(&inflight);
}

/* "3*" is an acknowledgement of all up to 3. */
static const char *acks(struct inflight *inflight)
{
	static char text[128];
	uint64_t tag;
	bool multiple;
	size_t at = 0;

	text[0] = '\0';
	while (inflight_next_ack(inflight, &tag, &multiple))
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d%s",
				       at ? " " : "", (int)tag,
				       multiple ? "*" : "");
	return text;
}

static void test_acknowledges_what_is_settled(void **state)
{
	struct inflight inflight = { 0 };
	struct inflight_line a, b, c, d;

	(void)state;
	add(&inflight, 1, "a\nb");
	add(&inflight, 2, "c");
	add(&inflight, 3, "d");
	assert_string_equal(acks(&inflight), "");
	assert_true(inflight_next_line(&inflight, SIZE_MAX, &a));
	inflight_settle(a.entry);
	/* b was not cut yet */
	assert_string_equal(acks(&inflight), "");
	assert_true(inflight_next_line(&inflight, SIZE_MAX, &b));
	assert_true(inflight_next_line(&inflight, SIZE_MAX, &c));
	assert_true(inflight_next_line(&inflight, SIZE_MAX, &d));
	inflight_settle(d.entry);
	assert_string_equal(acks(&inflight), "3");
	inflight_settle(c.entry);
	inflight_settle(b.entry);
	assert_string_equal(acks(&inflight), "2*");
	assert_int_equal(inflight.count, 0);
}

static void test_blank_deliveries_are_settled(void **state)
{
	struct inflight inflight = { 0 };

	(void)state;
	add(&inflight, 1, "");
	add(&inflight, 2, "\n");
	assert_string_equal(lines(&inflight), "");
	assert_string_equal(acks(&inflight), "2*");
}

/* Whatever the order of settling, each delivery is acknowledged once. */
static void test_any_order(void **state)
{
	enum { N = 50 };
	struct inflight inflight = { 0 };
	struct inflight_line all[N];
	unsigned seed = 20250101;
	bool open[N + 1] = { false };
	uint64_t tag;
	bool multiple;

	(void)state;
	for (int i = 0; i < N; i++) {
		add(&inflight, (uint64_t)i + 1, "x\n");
		assert_true(inflight_next_line(&inflight, SIZE_MAX, &all[i]));
		open[i + 1] = true;
	}
	for (int left = N; left > 0; left--) {
		int at = rand_r(&seed) % left;
		uint64_t settled = all[at].entry->delivery->tag;

		inflight_settle(all[at].entry);
		all[at] = all[left - 1];
		assert_true(inflight_next_ack(&inflight, &tag, &multiple));
		/* alone, or the last of a run, none of which was told */
		assert_true(open[tag]);
		if (!multiple)
			assert_int_equal(tag, settled);
		for (uint64_t t = multiple ? 1 : tag; t <= tag; t++)
			open[t] = false;
		assert_false(inflight_next_ack(&inflight, &tag, &multiple));
	}
	assert_int_equal(inflight.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts_lines),
		cmocka_unit_test(test_cuts_over_deliveries_in_order),
		cmocka_unit_test(test_line_that_is_too_long_stays),
		cmocka_unit_test(test_acknowledges_what_is_settled),
		cmocka_unit_test(test_blank_deliveries_are_settled),
		cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
