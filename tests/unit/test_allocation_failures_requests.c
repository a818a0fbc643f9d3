/* links: api */
/* wraps: malloc calloc realloc reallocarray free */
/* wraps: sql_run */
#include "tests/unit/failing.h"

#include "api/input.h"
#include "api/lists.h"
#include "api/query.h"
#include "api/server.h"
#include "api/status.h"
#include "common/json.h"

/*
 * From the first line of a request to its answer, beside a database
 * whose memory does not run out. Without memory a client is told
 * 500 or 503 (or its connection ends), and never that its request was wrong.
 */
#define ROWS 40

static const char body[] = "a text of a message, with \"quotes\" and\nlines";

/* ---- the database ---- */

enum fault wrap_run(struct sql *sql, const char *statement,
		    const struct sql_value *params, size_t count,
		    sql_row_fn *row, void *context, struct sql_result *result_r,
		    struct error *error) INSTEAD_OF(sql_run);
enum fault wrap_run(struct sql *sql, const char *statement,
		    const struct sql_value *params, size_t count,
		    sql_row_fn *row, void *context, struct sql_result *result_r,
		    struct error *error)
{
	(void)sql;
	(void)statement;
	(void)params;
	(void)count;
	(void)result_r;
	(void)error;
	for (uint64_t number = 1; number <= ROWS; number++) {
		const struct sql_value columns[] = {
			sql_u64(number),
			sql_text(body, sizeof(body) - 1),
		};

		if (!row(context, columns, COUNT_OF(columns)))
			break;
	}
	return FAULT_NONE;
}

/* ---- requests ---- */

static bool is_refusal(unsigned status)
{
	return status == HTTP_INTERNAL_SERVER_ERROR ||
	       status == HTTP_SERVICE_UNAVAILABLE;
}

/* Writes the answer; true when it is `expected`. */
static bool answer(struct request *request, unsigned expected)
{
	static const char link[] =
		"\r\nLink: </applications/a/chats/1/messages?"
		"limit=20&after=20>; rel=\"next\"\r\n";
	const struct answer_frame frame = { .request_id = "request-1",
					    .date = "now" };
	struct buf out = BUF_INIT;
	unsigned status = 0;

	answer_write(&request->answer, &frame, &out);
	if (!out.failed) {
		status = (unsigned)strtoul(out.data + strlen("HTTP/1.1 "), NULL,
					   10);
		assert_int_equal(status, request->answer.status);
		if (status != expected)
			assert_true(is_refusal(status));
		assert_true(!strstr(out.data, "Link") ||
			    (!is_refusal(status) && strstr(out.data, link)));
	}
	buf_release(&out);
	request_free(request);
	return status == expected;
}

static void render(struct list *list, const struct sql_value *columns,
		   struct buf *out)
{
	struct record record = {
		.number = columns[0].as.u64,
		.body = columns[1].as.bytes.data,
		.body_length = columns[1].as.bytes.length,
	};

	(void)list;
	dialect_render(dialect_canonical.message, &record, out);
}

/* GET with a page of a list. */
static bool get_list(void)
{
	struct request *request = request_new(
		NULL, "/applications/a/chats/1/messages?limit=20&order=asc&"
		      "%71=%C3%A9");
	struct worker worker = { .server = NULL };
	struct list list = {
		.application_id = 1,
		.chat_number = 1,
		.ascending = "SELECT",
		.rows_at_once = ROWS,
		.render = render,
	};

	if (!request)
		return false;
	assert_false(request->bad_target);
	assert_true(page_start(&list.page, request));
	assert_int_equal(list.page.limit, 20);
	lists_run(&list, &worker);
	return answer(request, HTTP_OK);
}

static void test_list(void **state)
{
	(void)state;
	failing_run(get_list, 6);
}

/* More names than there is room for at once, and escapes. */
static void append_body(struct request *request)
{
	buf_append_text(&request->body,
			"{\"message\":{\"body\":\"caf\\u00e9\"");
	for (int i = 0; i < 40; i++)
		buf_printf(&request->body, ",\"later%d\\n\":%d", i, i);
	buf_append_text(&request->body, "}}");
}

/* POST of a message, as far as the committer. */
static bool post_message(void)
{
	struct request *request =
		request_new(NULL, "/applications/a/chats/1/messages");
	bool read;

	if (!request)
		return false;
	append_body(request);
	read = !request->body.failed && input_text(request, "message", "body");
	if (request->body.failed)
		answer_unavailable(&request->answer, "out of memory");
	if (read) {
		assert_int_equal(request->value_length, 5);
		assert_memory_equal(request->value, "caf\xc3\xa9", 5);
		answer_problem(&request->answer, HTTP_ACCEPTED, "taken");
	}
	return answer(request, HTTP_ACCEPTED) && read;
}

static void test_post(void **state)
{
	(void)state;
	failing_run(post_message, 45);
}

/* A refusal is one also without memory. */
static bool refuse(void)
{
	struct request *request = request_new(NULL, "/nowhere");

	if (!request)
		return false;
	answer_problem(&request->answer, HTTP_UNPROCESSABLE_CONTENT,
		       "This is wrong.");
	return answer(request, HTTP_UNPROCESSABLE_CONTENT);
}

static void test_refusal(void **state)
{
	(void)state;
	failing_run(refuse, 2);
}

static bool find_parameter(void)
{
	char *value = NULL;
	enum query_result result =
		query_find("limit=5&q=caf%C3%A9&", "q", &value);

	if (result == QUERY_FOUND)
		assert_string_equal(value, "caf\xc3\xa9");
	else
		assert_int_equal(result, QUERY_NO_MEMORY);
	free(value);
	return result == QUERY_FOUND;
}

static void test_parameter(void **state)
{
	(void)state;
	failing_run(find_parameter, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
