/* links: api */
/* wraps: malloc calloc realloc reallocarray free */
#include "tests/unit/failing.h"

#include <cjson/cJSON.h>

#include "api/search_query.h"
#include "common/json.h"

/* A search as the engine sees it, from the text to the answer, and a cursor;
 * also without memory for cJSON. */
static const char text[] = "Caf\xc3\xa9 red cars snake_case \xe4\xbd\xa0"
			   "\xe5\xa5\xbd resume";

#define HIT(number)                                                            \
	"{\"_score\":2.75,\"sort\":[2.75,1700000000123,12,3," number "]}"

static const char reply[] =
	"{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{"
	"\"hits\":[" HIT("9") "," HIT("8") "," HIT("7") "]}}";

static struct job_key *key;

static struct search_request make_request(void)
{
	return (struct search_request){ .key = key,
					.application_id = 12,
					.chat_number = 3,
					.text = text,
					.length = sizeof(text) - 1,
					.limit = 2,
					.fuzzy = true };
}

static bool make_body(struct buf *body)
{
	struct search_request request = make_request();
	struct text_query query;
	bool well = text_query_init(&query, text, sizeof(text) - 1, true);

	if (well)
		search_query_append_body(&request, &query, 600, body);
	text_query_release(&query);
	return well && !body->failed;
}

/* What is sent is the whole of it or nothing. */
static bool ask(void)
{
	struct buf whole = BUF_INIT, body = BUF_INIT;
	bool on = failing_pause(), well;

	assert_true(make_body(&whole));
	assert_null(json_check(whole.data, whole.length));
	failing_resume(on);
	well = make_body(&body);
	if (well)
		assert_string_equal(body.data, whole.data);
	buf_release(&whole);
	buf_release(&body);
	return well;
}

static void test_ask(void **state)
{
	(void)state;
	failing_run(ask, 10);
}

/* Any fault asks SQL in place of the engine. */
static bool read_reply(void)
{
	struct search_request request = make_request();
	struct search_result result = SEARCH_RESULT_INIT;
	enum fault fault = search_query_parse(&request, reply,
					      sizeof(reply) - 1, &result, NULL);

	if (fault == FAULT_NONE) {
		assert_int_equal(result.count, 2);
		assert_true(result.more);
	} else {
		assert_int_equal(fault, FAULT_TEMPORARY);
		assert_int_equal(result.count, 0);
	}
	search_result_release(&result);
	return fault == FAULT_NONE;
}

static void test_reply(void **state)
{
	(void)state;
	failing_run(read_reply, 20);
}

/* ---- cursors ---- */

static const struct search_place place = { 2.75f, 1700000000123, 12, 3, 9 };

/* Never a part of a cursor. */
static bool make_cursor(void)
{
	struct search_request request = make_request();
	struct buf out = BUF_INIT;
	bool well = search_cursor_encode(&request, &place, &out) && !out.failed;

	if (well)
		assert_true(out.length > 50);
	buf_release(&out);
	return well;
}

static void test_make_cursor(void **state)
{
	(void)state;
	failing_run(make_cursor, 2);
}

static bool read_cursor(void)
{
	struct search_request request = make_request();
	struct buf cursor = BUF_INIT;
	enum cursor_result result;
	bool on = failing_pause();

	assert_true(search_cursor_encode(&request, &place, &cursor));
	failing_resume(on);
	result = search_cursor_decode(&request, cursor.data, cursor.length);
	if (result == CURSOR_GOOD)
		assert_int_equal(search_place_compare(&request.after, &place),
				 0);
	else
		assert_true(request.after.score == 0);
	buf_release(&cursor);
	return result == CURSOR_GOOD;
}

static void test_read_cursor(void **state)
{
	(void)state;
	/* only the scope is allocated */
	failing_run(read_cursor, 1);
}

static int make_key(void **state)
{
	static const uint8_t bytes[JOB_KEY_SIZE] =
		"0123456789abcdef0123456789abcde";

	(void)state;
	key = job_key_new();
	if (!key)
		return -1;
	job_key_set(key, bytes);
	return 0;
}

static int free_key(void **state)
{
	(void)state;
	job_key_free(&key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_make_cursor),
		cmocka_unit_test(test_read_cursor),
	};
	cJSON_Hooks hooks = { malloc, free };

	cJSON_InitHooks(&hooks);
	return cmocka_run_group_tests(tests, make_key, free_key);
}
