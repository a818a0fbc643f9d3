/* links: api */
#include "api/search_query.h"

#include "api/search_pattern.h"
#include "common/json.h"
#include "common/text_query.h"
#include "common/utf8.h"
#include "tests/unit/search_rows.h"
#include "tests/unit/unit.h"

/* The body for a search, NUL-terminated; free() it. */
static char *make_body(const struct search_request *request)
{
	struct text_query query;
	struct buf body = BUF_INIT;

	assert_true(text_query_init(&query, request->text, request->length,
				    request->fuzzy));
	search_query_append_body(request, &query, 600, &body);
	text_query_release(&query);
	return buf_take(&body, NULL);
}

static struct search_request make_request(const char *text, bool fuzzy)
{
	return (struct search_request){ .application_id = 12,
					.chat_number = 3,
					.text = text,
					.length = strlen(text),
					.limit = 10,
					.fuzzy = fuzzy };
}

/* Whatever the text is, the body is JSON and keeps its filter. */
static void test_every_text(void **state)
{
	static const char *const texts[] = {
		"\"}},{\"match_all\":{}}",
		"\\\"",
		"a\\",
		"\x01 \x1f a",
		"{}",
		"\u05e6\u05d4\"\u05dc",
		"\U0001f389\U0001f389 x",
		"a\"b'c:d.e_f",
		"*:* OR app:13",
	};
	struct search_request request;
	char *body;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts) + COUNT_OF(search_rows); i++) {
		const char *text =
			i < COUNT_OF(texts)
				? texts[i]
				: search_rows[i - COUNT_OF(texts)].query;
		const char *reason;

		request = make_request(text, true);
		body = make_body(&request);
		reason = json_check(body, strlen(body));
		if (reason)
			fail_row(text, "%s: %s", reason, body);
		assert_non_null(strstr(body, "\"filter\":[{\"term\":{\"app\":12"
					     "}},{\"term\":{\"chat\":3}}]"));
		free(body);
	}
}

static void test_body(void **state)
{
	struct search_request request = make_request("Red ca", false);
	char *body = make_body(&request);

	(void)state;
	assert_non_null(strstr(body, "{\"size\":11,\"timeout\":\"600ms\","));
	assert_non_null(strstr(body,
			       "\"must\":[{\"constant_score\":{\"filter\":{"
			       "\"prefix\":{\"text\":{\"value\":\"red\"}}},"
			       "\"boost\":1}},"));
	assert_non_null(strstr(body, "{\"match_phrase_prefix\":{\"text\":{"
				     "\"query\":\"red ca\",\"slop\":0}}}"));
	assert_non_null(strstr(body, "\"stored_fields\":\"_none_\""));
	assert_null(strstr(body, "search_after"));
	assert_null(strstr(body, "fuzz"));
	free(body);
}

static void test_after(void **state)
{
	struct search_request request = make_request("red", false);
	char *body;

	(void)state;
	request.after = (struct search_place){ 2.75f, 1700000000123, 12, 3, 9 };
	body = make_body(&request);
	assert_non_null(
		strstr(body, "\"search_after\":[2.75,1700000000123,12,3,9]"));
	free(body);
}

static void test_scopes(void **state)
{
	struct search_request request = make_request("red", false);
	struct buf path = BUF_INIT;
	char *body;

	(void)state;
	search_query_append_path(&request, &path);
	assert_string_equal(path.data, "/confab-messages/_search?routing=12");
	request.chat_number = 0;
	body = make_body(&request);
	assert_non_null(strstr(body, "\"filter\":[{\"term\":{\"app\":12}}]"));
	free(body);
	request.application_id = 0;
	body = make_body(&request);
	assert_non_null(strstr(body, "\"filter\":[]"));
	free(body);
	buf_clear(&path);
	search_query_append_path(&request, &path);
	assert_string_equal(path.data, "/confab-messages/_search");
	buf_release(&path);
}

static void test_pattern(void **state)
{
	struct buf pattern = BUF_INIT;
	struct buf longest = BUF_INIT;

	(void)state;
	search_pattern_append("abc", 3, &pattern);
	assert_string_equal(pattern.data,
			    "(a(b(c|(.c?)?)|(.b?)?c|cb)|(.a?)?bc|bac).*");
	buf_clear(&pattern);
	search_pattern_append("\u00e9.", 3, &pattern);
	assert_string_equal(pattern.data, "(\u00e9(\\.|(.\\.?)?)|(.\u00e9?)?\\."
					  "|\\.\u00e9).*");
	/* the worst: every second letter needs a backslash */
	for (size_t i = 0; i < TEXT_FUZZY_START_LETTERS; i++)
		buf_append_text(&longest, i % 2 ? "." : "\u00e9");
	buf_clear(&pattern);
	search_pattern_append(longest.data, longest.length, &pattern);
	assert_true(utf8_count(pattern.data, pattern.length) <
		    SEARCH_PATTERN_MAX);
	buf_release(&longest);
	buf_release(&pattern);
}

/* ---- answers ---- */

#define ANSWER(hits)                                                           \
	"{\"took\":3,\"timed_out\":false,\"_shards\":{\"total\":1,"            \
	"\"failed\":0},\"hits\":{\"max_score\":null,\"hits\":[" hits "]}}"
#define HIT(score, app, chat, number)                                          \
	"{\"_index\":\"x\",\"_score\":" score ",\"sort\":[" score              \
	",1700000000123," app "," chat "," number "]}"

static enum fault parse(const struct search_request *request,
			const char *answer, struct search_result *result_r)
{
	char *copy = exact_copy(answer, strlen(answer));
	enum fault fault = search_query_parse(request, copy, strlen(answer),
					      result_r, NULL);

	free(copy);
	return fault;
}

static void test_answer(void **state)
{
	struct search_request request = make_request("cafe", false);
	struct search_result result;

	(void)state;
	request.limit = 2;
	assert_int_equal(
		parse(&request,
		      ANSWER(HIT("2.75", "12", "3", "9007199254740992") "," HIT(
			      "1", "12", "3", "8") "," HIT("1", "12", "3",
							   "7")),
		      &result),
		FAULT_NONE);
	assert_int_equal(result.count, 2);
	assert_true(result.more);
	assert_false(result.truncated);
	assert_true(result.places[0].score == 2.75f);
	assert_true(result.places[0].number == UINT64_C(9007199254740992));
	assert_true(result.places[0].created_at_ms == 1700000000123);
	search_result_release(&result);
	assert_int_equal(parse(&request, ANSWER(""), &result), FAULT_NONE);
	assert_int_equal(result.count, 0);
	assert_false(result.more);
	search_result_release(&result);
}

struct bad_answer {
	const char *answer;
	enum fault fault;
};

static const struct bad_answer bad_answers[] = {
	{ "", FAULT_PERMANENT },
	{ "<html>", FAULT_PERMANENT },
	{ "{}", FAULT_PERMANENT },
	{ "[]", FAULT_PERMANENT },
	{ "{\"hits\":{\"hits\":{}}}", FAULT_PERMANENT },
	{ "{\"hits\":{\"hits\":[]}}", FAULT_PERMANENT },
	{ "{\"_shards\":{\"failed\":1},\"hits\":{\"hits\":[]}}",
	  FAULT_TEMPORARY },
	{ ANSWER("1"), FAULT_PERMANENT },
	{ ANSWER("{}"), FAULT_PERMANENT },
	{ ANSWER("{\"sort\":[]}"), FAULT_PERMANENT },
	{ ANSWER("{\"sort\":[1,1700000000123,12,3]}"), FAULT_PERMANENT },
	{ ANSWER("{\"sort\":{\"a\":1}}"), FAULT_PERMANENT },
	{ ANSWER(HIT("null", "12", "3", "9")), FAULT_PERMANENT },
	{ ANSWER(HIT("1", "12", "3", "-9")), FAULT_PERMANENT },
	{ ANSWER(HIT("1", "12", "3", "1e300")), FAULT_PERMANENT },
	{ ANSWER(HIT("1", "12", "\"3\"", "9")), FAULT_PERMANENT },
	/* from outside the scope */
	{ ANSWER(HIT("1", "13", "3", "9")), FAULT_PERMANENT },
	{ ANSWER(HIT("1", "12", "4", "9")), FAULT_PERMANENT },
	{ ANSWER(HIT("1", "12", "3", "9") "," HIT("1", "13", "3", "9")),
	  FAULT_PERMANENT },
};

static void test_bad_answers(void **state)
{
	struct search_request request = make_request("cafe", false);
	struct search_result result;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad_answers); i++)
		if (parse(&request, bad_answers[i].answer, &result) !=
		    bad_answers[i].fault)
			fail_row(bad_answers[i].answer, "another fault");
}

static void test_timed_out(void **state)
{
	struct search_request request = make_request("cafe", false);
	struct search_result result;

	(void)state;
	assert_int_equal(parse(&request,
			       "{\"timed_out\":true,\"_shards\":{\"failed\":0},"
			       "\"hits\":{\"hits\":[]}}",
			       &result),
			 FAULT_NONE);
	assert_true(result.truncated);
	search_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_text),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_timed_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
