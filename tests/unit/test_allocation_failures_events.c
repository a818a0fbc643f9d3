/* wraps: malloc calloc realloc reallocarray free */
#include "tests/unit/failing.h"

#include "common/event.h"
#include "common/json.h"
#include "common/text_query.h"

static const char body[] = "say \"hi\"\n\\ and \xc3\xa9 until it is long enough"
			   " that the first buffer of 256 bytes will not do: "
			   "012345678901234567890123456789012345678901234567890"
			   "123456789012345678901234567890123456789012345678901"
			   "23456789012345678901234567890123456789";

static struct event make_event(void)
{
	return (struct event){
		.type = EVENT_MESSAGE_CREATED,
		.generation = 3,
		.revision = 1,
		.application_id = 7,
		.chat_number = 2,
		.number = 9,
		.at_ms = 1700000000000,
		.body = body,
		.body_length = sizeof(body) - 1,
		.key = "a-key",
		.key_length = 5,
	};
}

/* ---- encoding ---- */

static void check_line(const struct buf *line)
{
	char scratch[2048];
	struct event event = { 0 };
	size_t used = 0;

	assert_int_equal(line->data[line->length - 1], '\n');
	assert_int_equal(event_decode(line->data, line->length - 1, scratch,
				      &used, &event, NULL),
			 FAULT_NONE);
	assert_int_equal(event.number, 9);
	assert_int_equal(event.body_length, sizeof(body) - 1);
	assert_memory_equal(event.body, body, sizeof(body) - 1);
}

static bool encode(void)
{
	struct event event = make_event();
	struct buf line = BUF_INIT;
	bool well;

	event_encode(&event, &line);
	well = !line.failed;
	if (well)
		check_line(&line);
	buf_release(&line);
	return well;
}

static void test_encode(void **state)
{
	(void)state;
	failing_run(encode, 2);
}

/* ---- decoding ---- */

/* More names than there is room for at once, and names with escapes. */
static void append_strange_members(struct buf *line)
{
	for (int i = 0; i < 70; i++)
		buf_printf(line, ",\"later \\u00e9 %d\":{\"\\n\":%d}", i, i);
}

static void make_strange_line(struct buf *line)
{
	struct event event = make_event();

	event_encode(&event, line);
	line->length -= 2; /* "}\n" */
	append_strange_members(line);
	buf_append_char(line, '}');
}

/* What may well be an event is never said to be none. */
static bool decode(void)
{
	bool on = failing_pause();
	struct buf line = BUF_INIT;
	struct error error = ERROR_INIT;
	char scratch[4096];
	struct event event = { 0 };
	size_t used = 0;
	enum fault fault;

	make_strange_line(&line);
	failing_resume(on);
	fault = event_decode(line.data, line.length, scratch, &used, &event,
			     &error);
	if (fault == FAULT_NONE) {
		assert_int_equal(event.number, 9);
	} else {
		assert_int_equal(fault, FAULT_TEMPORARY);
		assert_string_equal(error.text, "out of memory");
		assert_int_equal(event.number, 0);
	}
	buf_release(&line);
	return fault == FAULT_NONE;
}

static void test_decode(void **state)
{
	(void)state;
	failing_run(decode, 70);
}

static bool check_json(void)
{
	bool on = failing_pause();
	struct buf text = BUF_INIT;
	const char *reason;

	buf_append_text(&text, "{\"a\":1");
	append_strange_members(&text);
	buf_append_char(&text, '}');
	failing_resume(on);
	reason = json_check(text.data, text.length);
	if (reason)
		assert_ptr_equal(reason, json_no_memory);
	buf_release(&text);
	return !reason;
}

static void test_json(void **state)
{
	(void)state;
	failing_run(check_json, 70);
}

/* ---- search texts ---- */

static const char words[] =
	"Caf\xc3\xa9 l'avion red car red cars snake_case www.example.com "
	"\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 stra\xc3\x9f"
	"e resume";

static bool compile(void)
{
	struct text_query query;
	bool well = text_query_init(&query, words, sizeof(words) - 1, true);

	if (well) {
		assert_true(query.count > 8);
		assert_non_null(query.phrase);
		assert_non_null(query.near);
	}
	text_query_release(&query);
	return well;
}

static void test_search_text(void **state)
{
	(void)state;
	failing_run(compile, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_search_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
