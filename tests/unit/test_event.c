#include "common/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/trace.h"
#include "tests/unit/unit.h"

#define ID "01932f5e-7c00-7abc-8def-0123456789ab"
#define PRINT "00112233445566778899aabbccddeeff"
#define PARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

struct decoded {
	enum fault fault;
	struct event event;
	struct error error;
	char *line, *scratch;
	size_t used;
};

/* Both need release(). */
static void decode_bytes(struct decoded *d, const char *line, size_t length)
{
	struct error error = ERROR_INIT;
	struct event event = { 0 };
	size_t used = 0;

	d->line = exact_copy(line, length);
	d->scratch = exact_copy(line, length);
	d->fault = event_decode(d->line, length, d->scratch, &used, &event,
				&error);
	d->used = used;
	d->event = event;
	d->error = error;
}

static void decode(struct decoded *d, const char *line)
{
	decode_bytes(d, line, strlen(line));
}

static void release(struct decoded *d)
{
	free(d->line);
	free(d->scratch);
}

/* ---- round trips ---- */

static struct event sample(enum event_type type)
{
	struct event event = {
		.type = type,
		.generation = 3,
		.revision = type == EVENT_MESSAGE_UPDATED ? 4 : 1,
		.application_id = 12,
		.chat_number = event_type_is_message(type) ? 5 : 0,
		.number = 77,
		.at_ms = 1761566400123,
		.created_at_ms = type == EVENT_MESSAGE_UPDATED ? 1761566400001
							       : 1761566400123,
	};

	assert_true(uuid_parse(ID, 36, &event.id));
	if (type == EVENT_MESSAGE_CREATED || type == EVENT_MESSAGE_UPDATED) {
		event.body = "Hello, \"world\"!\n\x01 caf\xc3\xa9 \\o/";
		event.body_length = strlen(event.body);
	}
	return event;
}

static void assert_bytes(const char *actual, size_t actual_length,
			 const char *expected, size_t length)
{
	assert_int_equal(actual_length, length);
	if (!expected)
		assert_null(actual);
	else
		assert_memory_equal(actual, expected, length);
}

static void assert_same(const struct event *a, const struct event *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->generation, b->generation);
	assert_int_equal(a->revision, b->revision);
	assert_true(uuid_equal(&a->id, &b->id));
	assert_true(a->application_id == b->application_id);
	assert_true(a->chat_number == b->chat_number);
	assert_true(a->number == b->number);
	assert_true(a->at_ms == b->at_ms);
	assert_true(a->created_at_ms == b->created_at_ms);
	assert_bytes(a->body, a->body_length, b->body, b->body_length);
	assert_bytes(a->key, a->key_length, b->key, b->key_length);
	assert_memory_equal(a->fingerprint, b->fingerprint,
			    EVENT_FINGERPRINT_SIZE);
	assert_bytes(a->request_id, a->request_id_length, b->request_id,
		     b->request_id_length);
	if (!b->traceparent)
		assert_null(a->traceparent);
	else
		assert_memory_equal(a->traceparent, b->traceparent,
				    TRACE_PARENT_LENGTH);
}

static void assert_round_trip(const struct event *event)
{
	struct buf buf = BUF_INIT;
	struct decoded d;

	event_encode(event, &buf);
	assert_false(buf.failed);
	assert_int_equal(buf.data[buf.length - 1], '\n');
	/* one line, whatever the body holds */
	assert_ptr_equal(memchr(buf.data, '\n', buf.length),
			 buf.data + buf.length - 1);
	decode_bytes(&d, buf.data, buf.length - 1);
	if (d.fault != FAULT_NONE)
		fail_msg("%s: %s", buf.data, d.error.text);
	assert_same(&d.event, event);
	release(&d);
	buf_release(&buf);
}

static void test_each_type_round_trips(void **state)
{
	(void)state;
	for (int type = 0; type < EVENT_TYPES; type++) {
		struct event event = sample((enum event_type)type);

		assert_round_trip(&event);
	}
}

static void test_key_and_fingerprint_round_trip(void **state)
{
	struct event event = sample(EVENT_CHAT_CREATED);
	char longest[EVENT_KEY_MAX];

	(void)state;
	for (unsigned i = 0; i < EVENT_FINGERPRINT_SIZE; i++)
		event.fingerprint[i] = (uint8_t)(i * 17);
	event.key = "order-7/\"quoted\\\"";
	event.key_length = strlen(event.key);
	assert_round_trip(&event);
	memset(longest, '~', sizeof(longest));
	event.key = longest;
	event.key_length = sizeof(longest);
	assert_round_trip(&event);
}

static void test_ids_round_trip(void **state)
{
	struct event event = sample(EVENT_MESSAGE_CREATED);

	(void)state;
	event.request_id = "Order-7/9:a=b";
	event.request_id_length = strlen(event.request_id);
	assert_round_trip(&event);
	event.traceparent = PARENT;
	assert_round_trip(&event);
}

static void test_ids_that_are_none_are_left_out(void **state)
{
	static const char *const members[] = {
		"\"request_id\":7",
		"\"request_id\":\"\"",
		"\"request_id\":\"a b\"",
		"\"request_id\":\"a\\u000ab\"",
		"\"traceparent\":\"" PARENT "\"", /* alone */
		"\"request_id\":\"a\",\"traceparent\":7",
		"\"request_id\":\"a\",\"traceparent\":\"00-\"",
	};
	char line[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		struct decoded d;

		snprintf(line, sizeof(line),
			 "{\"v\":1,\"type\":\"chat.created\",\"id\":\"" ID
			 "\",\"app\":1,\"number\":1,\"at\":1,\"gen\":1,%s}",
			 members[i]);
		decode(&d, line);
		if (d.fault != FAULT_NONE)
			fail_row(members[i], "%s", d.error.text);
		assert_null(d.event.traceparent);
		if (i < 5)
			assert_null(d.event.request_id);
		release(&d);
	}
}

static void test_limits_round_trip(void **state)
{
	struct event event = sample(EVENT_MESSAGE_CREATED);
	char *body = malloc(EVENT_BODY_MAX);

	(void)state;
	assert_non_null(body);
	memset(body, '\n', EVENT_BODY_MAX);
	body[0] = 'x';
	event.body = body;
	event.body_length = EVENT_BODY_MAX;
	event.application_id = INT64_MAX;
	event.chat_number = EVENT_NUMBER_MAX;
	event.number = EVENT_NUMBER_MAX;
	event.generation = UINT32_MAX;
	event.revision = UINT32_MAX;
	event.at_ms = event.created_at_ms = 253402300799999;
	assert_round_trip(&event);
	free(body);
}

/* ---- the form, as docs/events.md shows it ---- */

static void test_encodes_the_documented_form(void **state)
{
	struct event event = sample(EVENT_MESSAGE_CREATED);
	struct buf buf = BUF_INIT;

	(void)state;
	event.body = "Hi \"you\"";
	event.body_length = 8;
	event_encode(&event, &buf);
	assert_string_equal(buf.data,
			    "{\"v\":1,\"type\":\"message.created\",\"id\":\"" ID
			    "\",\"app\":12,\"chat\":5,\"number\":77,"
			    "\"at\":1761566400123,\"gen\":3,\"rev\":1,"
			    "\"body\":\"Hi \\\"you\\\"\"}\n");
	buf_release(&buf);
}

static void test_foreign_order_space_and_members(void **state)
{
	struct decoded d;

	decode(&d, " { \"extra\" : [1,{\"v\":9}], \"body\":\"\\u0048i\", "
		   "\"gen\":0,\"at\":5,\"number\":2,\"chat\":3,\"app\":4,"
		   "\"id\":\"" ID "\",\"type\":\"message.created\",\"v\":1 } ");
	(void)state;
	assert_int_equal(d.fault, FAULT_NONE);
	assert_int_equal(d.event.type, EVENT_MESSAGE_CREATED);
	assert_int_equal(d.event.application_id, 4);
	assert_int_equal(d.event.chat_number, 3);
	assert_int_equal(d.event.number, 2);
	assert_int_equal(d.event.revision, 1);
	assert_int_equal(d.event.created_at_ms, 5);
	assert_bytes(d.event.body, d.event.body_length, "Hi", 2);
	assert_int_equal(d.used, 2);
	release(&d);
}

/* Plain strings are not copied; escaped ones share the scratch. */
static void test_strings_point_into_line_or_scratch(void **state)
{
	struct decoded d;

	decode(&d, "{\"v\":1,\"type\":\"message.created\",\"id\":\"" ID
		   "\",\"app\":1,\"chat\":1,\"number\":1,\"at\":1,"
		   "\"gen\":1,\"body\":\"a\\nb\",\"key\":\"k\\\\\","
		   "\"fingerprint\":\"" PRINT "\"}");
	(void)state;
	assert_int_equal(d.fault, FAULT_NONE);
	assert_ptr_equal(d.event.body, d.scratch);
	assert_ptr_equal(d.event.key, d.scratch + 3);
	assert_bytes(d.event.body, d.event.body_length, "a\nb", 3);
	assert_bytes(d.event.key, d.event.key_length, "k\\", 2);
	assert_int_equal(d.used, 5);
	release(&d);

	decode(&d, "{\"v\":1,\"type\":\"message.created\",\"id\":\"" ID
		   "\",\"app\":1,\"chat\":1,\"number\":1,\"at\":1,\"gen\":1,"
		   "\"body\":\"plain\"}");
	assert_int_equal(d.fault, FAULT_NONE);
	assert_true(d.event.body > d.line &&
		    d.event.body < d.line + strlen("{\"v\":1") + 200);
	assert_int_equal(d.used, 0);
	release(&d);
}

/* ---- refusals ---- */

#define HEAD "{\"v\":1,\"type\":\"message.created\",\"id\":\"" ID "\","
#define PLACE "\"app\":1,\"chat\":1,\"number\":1,"
#define TAIL "\"at\":1,\"gen\":1,\"body\":\"x\"}"
#define KEYED HEAD PLACE "\"at\":1,\"gen\":1,\"body\":\"x\","
#define UPDATE "{\"v\":1,\"type\":\"message.updated\",\"id\":\"" ID "\"," PLACE

static const struct {
	const char *line;
	const char *word; /* that the sentence has */
} bad[] = {
	{ "", "JSON" },
	{ "not json", "JSON" },
	{ "[]", "object" },
	{ "\"v\"", "object" },
	{ "{}", "v " },
	{ HEAD PLACE TAIL "x", "JSON" },
	{ HEAD PLACE "\"app\":1," TAIL, "JSON" },
	/* v, type, id */
	{ "{\"type\":\"chat.created\"}", "v " },
	{ "{\"v\":\"1\",\"type\":\"chat.created\"}", "v " },
	{ "{\"v\":1.0,\"type\":\"chat.created\"}", "v " },
	{ "{\"v\":0,\"type\":\"chat.created\"}", "version" },
	{ "{\"v\":2,\"type\":\"chat.created\"}", "version" },
	{ "{\"v\":1}", "type" },
	{ "{\"v\":1,\"type\":null}", "type" },
	{ "{\"v\":1,\"type\":\"chat.exploded\"}", "type" },
	{ "{\"v\":1,\"type\":\"CHAT.CREATED\"}", "type" },
	{ "{\"v\":1,\"type\":\"\"}", "type" },
	{ "{\"v\":1,\"type\":\"message.created\"," PLACE TAIL, "id" },
	{ "{\"v\":1,\"type\":\"chat.created\",\"id\":\"7\"," PLACE TAIL, "id" },
	{ "{\"v\":1,\"type\":\"chat.created\",\"id\":7," PLACE TAIL, "id" },
	/* place */
	{ HEAD "\"chat\":1,\"number\":1," TAIL, "app" },
	{ HEAD "\"app\":0,\"chat\":1,\"number\":1," TAIL, "app" },
	{ HEAD "\"app\":-1,\"chat\":1,\"number\":1," TAIL, "app" },
	{ HEAD "\"app\":\"1\",\"chat\":1,\"number\":1," TAIL, "app" },
	{ HEAD "\"app\":9223372036854775808,\"chat\":1,\"number\":1," TAIL,
	  "app" },
	{ HEAD "\"app\":1,\"number\":1," TAIL, "chat" },
	{ HEAD "\"app\":1,\"chat\":0,\"number\":1," TAIL, "chat" },
	{ HEAD "\"app\":1,\"chat\":9007199254740993,\"number\":1," TAIL,
	  "chat" },
	{ HEAD "\"app\":1,\"chat\":1," TAIL, "number" },
	{ HEAD "\"app\":1,\"chat\":1,\"number\":0," TAIL, "number" },
	{ HEAD "\"app\":1,\"chat\":1,\"number\":9007199254740993," TAIL,
	  "number" },
	{ HEAD "\"app\":1,\"chat\":1,\"number\":null," TAIL, "number" },
	/* history */
	{ HEAD PLACE "\"gen\":1,\"body\":\"x\"}", "at" },
	{ HEAD PLACE "\"at\":253402300800000,\"gen\":1,\"body\":\"x\"}", "at" },
	{ HEAD PLACE "\"at\":-1,\"gen\":1,\"body\":\"x\"}", "at" },
	{ HEAD PLACE "\"at\":1,\"body\":\"x\"}", "gen" },
	{ HEAD PLACE "\"at\":1,\"gen\":4294967296,\"body\":\"x\"}", "gen" },
	{ HEAD PLACE "\"rev\":0," TAIL, "rev" },
	{ HEAD PLACE "\"rev\":4294967296," TAIL, "rev" },
	{ HEAD PLACE "\"rev\":\"1\"," TAIL, "rev" },
	{ UPDATE "\"created_at\":-5,\"rev\":2," TAIL, "created_at" },
	{ UPDATE "\"created_at\":253402300800000,\"rev\":2," TAIL,
	  "created_at" },
	/* body */
	{ HEAD PLACE "\"at\":1,\"gen\":1}", "body" },
	{ HEAD PLACE "\"at\":1,\"gen\":1,\"body\":null}", "body" },
	{ HEAD PLACE "\"at\":1,\"gen\":1,\"body\":7}", "body" },
	{ HEAD PLACE "\"at\":1,\"gen\":1,\"body\":\"\"}", "body" },
	{ HEAD PLACE "\"at\":1,\"gen\":1,\"body\":\" \\n\\u00a0\"}", "body" },
	{ HEAD PLACE "\"at\":1,\"gen\":1,\"body\":\"\\u0000\"}", "JSON" },
	{ UPDATE "\"rev\":2,\"at\":1,\"gen\":1}", "body" },
	/* key */
	{ KEYED "\"key\":7,\"fingerprint\":\"" PRINT "\"}", "key" },
	{ KEYED "\"key\":\"\",\"fingerprint\":\"" PRINT "\"}", "key" },
	{ KEYED "\"key\":\"a b\",\"fingerprint\":\"" PRINT "\"}", "key" },
	{ KEYED "\"key\":\"\xc3\xa9\",\"fingerprint\":\"" PRINT "\"}", "key" },
	{ KEYED "\"key\":\"k\"}", "fingerprint" },
	{ KEYED "\"key\":\"k\",\"fingerprint\":\"00\"}", "fingerprint" },
	{ KEYED "\"key\":\"k\",\"fingerprint\":null}", "fingerprint" },
	{ KEYED "\"key\":\"k\",\"fingerprint\":"
		"\"zz112233445566778899aabbccddeeff\"}",
	  "fingerprint" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct decoded d;

		decode(&d, bad[i].line);
		if (d.fault != FAULT_PERMANENT)
			fail_row(bad[i].line, "was not refused");
		if (d.error.fault != FAULT_PERMANENT ||
		    !strstr(d.error.text, bad[i].word))
			fail_row(bad[i].line, "the reason says: %s",
				 d.error.text);
		release(&d);
	}
}

static void test_lines_of_the_tables_are_good_without_their_fault(void **state)
{
	static const char *const good[] = {
		HEAD PLACE TAIL,
		HEAD PLACE "\"rev\":1," TAIL,
		UPDATE "\"created_at\":0,\"rev\":2," TAIL,
		KEYED "\"key\":\"k\",\"fingerprint\":\"" PRINT "\"}",
		HEAD PLACE "\"fingerprint\":3," TAIL,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct decoded d;

		decode(&d, good[i]);
		if (d.fault != FAULT_NONE)
			fail_row(good[i], "refused: %s", d.error.text);
		release(&d);
	}
}

/* A message.created line whose body has `length` times `unit`. */
static void decode_body_of(struct decoded *d, const char *unit, size_t length)
{
	struct buf buf = BUF_INIT;

	buf_append_text(&buf, HEAD PLACE "\"at\":1,\"gen\":1,\"body\":\"");
	for (size_t i = 0; i < length; i++)
		buf_append_text(&buf, unit);
	buf_append_text(&buf, "\"}");
	decode_bytes(d, buf.data, buf.length);
	buf_release(&buf);
}

static void test_body_length_is_of_unescaped_bytes(void **state)
{
	struct decoded d;

	(void)state;
	decode_body_of(&d, "\\u0041", EVENT_BODY_MAX);
	assert_int_equal(d.fault, FAULT_NONE);
	assert_int_equal(d.event.body_length, EVENT_BODY_MAX);
	release(&d);
	decode_body_of(&d, "\\u0041", EVENT_BODY_MAX + 1);
	assert_int_equal(d.fault, FAULT_PERMANENT);
	release(&d);
	decode_body_of(&d, "x", EVENT_BODY_MAX + 1);
	assert_int_equal(d.fault, FAULT_PERMANENT);
	release(&d);
}

static void test_key_length(void **state)
{
	char key[EVENT_KEY_MAX + 2], line[1024];
	struct decoded d;

	(void)state;
	memset(key, 'k', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	snprintf(line, sizeof(line),
		 KEYED "\"key\":\"%s\",\"fingerprint\":\"" PRINT "\"}", key);
	decode(&d, line);
	assert_int_equal(d.fault, FAULT_PERMANENT);
	release(&d);
}

/* A failed decode writes nothing. */
static void test_output_is_written_on_success_only(void **state)
{
	struct event event;
	char scratch[64];
	size_t used = 0;

	(void)state;
	memset(&event, 0x5a, sizeof(event));
	assert_int_equal(event_decode("{}", 2, scratch, &used, &event, NULL),
			 FAULT_PERMANENT);
	assert_int_equal(event.number, UINT64_C(0x5a5a5a5a5a5a5a5a));
}

static void test_type_names(void **state)
{
	enum event_type type;

	(void)state;
	for (int i = 0; i < EVENT_TYPES; i++) {
		const char *name = event_type_name((enum event_type)i);

		assert_true(event_type_parse(name, strlen(name), &type));
		assert_int_equal(type, i);
		assert_int_equal(event_type_is_message(type),
				 strncmp(name, "message.", 8) == 0);
	}
	assert_false(event_type_parse("chat.create", 11, &type));
	assert_false(event_type_parse("", 0, &type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type_round_trips),
		cmocka_unit_test(test_key_and_fingerprint_round_trip),
		cmocka_unit_test(test_ids_round_trip),
		cmocka_unit_test(test_ids_that_are_none_are_left_out),
		cmocka_unit_test(test_limits_round_trip),
		cmocka_unit_test(test_encodes_the_documented_form),
		cmocka_unit_test(test_foreign_order_space_and_members),
		cmocka_unit_test(test_strings_point_into_line_or_scratch),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(
			test_lines_of_the_tables_are_good_without_their_fault),
		cmocka_unit_test(test_body_length_is_of_unescaped_bytes),
		cmocka_unit_test(test_key_length),
		cmocka_unit_test(test_output_is_written_on_success_only),
		cmocka_unit_test(test_type_names),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
