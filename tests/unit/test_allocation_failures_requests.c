/* links: api */
/* wraps: malloc calloc realloc reallocarray free */
/* wraps: sql_run MHD_create_response_from_buffer MHD_queue_response */
#include "tests/unit/failing.h"

#include "api/input.h"
#include "api/lists.h"
#include "api/query.h"
#include "api/server.h"
#include "common/json.h"

/*
 * From the first line of a request to its answer, beside a database and a
 * connection whose memory does not run out. Without memory a client is told
 * 500 or 503 (or its connection ends), and never that its request was wrong.
 */
#define ROWS 40

static const char body[] = "a text of a message, with \"quotes\" and\nlines";

static struct {
	unsigned status; /* of the answer that was sent; 0: none */
	bool link;	 /* it had one */
} world;

/* ---- the database and the connection ---- */

enum fault wrap_run(struct sql *sql, const char *statement,
		    const struct sql_value *params, size_t count,
		    sql_row_fn *row, void *context, struct sql_result *result_r,
		    struct error *error) INSTEAD_OF(sql_run);
struct MHD_Response *wrap_create(size_t size, void *bytes,
				 enum MHD_ResponseMemoryMode mode)
	INSTEAD_OF(MHD_create_response_from_buffer);
struct MHD_Response *true_create(size_t size, void *bytes,
				 enum MHD_ResponseMemoryMode mode)
	TRUE_ONE(MHD_create_response_from_buffer);
enum MHD_Result wrap_queue(struct MHD_Connection *connection, unsigned status,
			   struct MHD_Response *response)
	INSTEAD_OF(MHD_queue_response);

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

struct MHD_Response *wrap_create(size_t size, void *bytes,
				 enum MHD_ResponseMemoryMode mode)
{
	if (mode == MHD_RESPMEM_MUST_FREE)
		failing_drop(bytes);
	return true_create(size, bytes, mode);
}

enum MHD_Result wrap_queue(struct MHD_Connection *connection, unsigned status,
			   struct MHD_Response *response)
{
	const char *link = MHD_get_response_header(response, "Link");

	(void)connection;
	world.status = status;
	world.link = link != NULL;
	if (link)
		assert_string_equal(link, "</applications/a/chats/1/messages?"
					  "limit=20&after=20>; rel=\"next\"");
	return MHD_YES;
}

/* ---- requests ---- */

static bool is_refusal(unsigned status)
{
	return status == MHD_HTTP_INTERNAL_SERVER_ERROR ||
	       status == MHD_HTTP_SERVICE_UNAVAILABLE;
}

/* Sends the answer; true when it is `expected`. */
static bool answer(struct request *request, unsigned expected)
{
	memset(&world, 0, sizeof(world));
	(void)answer_send(&request->answer, NULL, "request-1");
	if (world.status != 0 && world.status != expected)
		assert_true(is_refusal(world.status));
	if (is_refusal(world.status))
		assert_false(world.link);
	request_free(request);
	return world.status == expected;
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
	return answer(request, MHD_HTTP_OK);
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
		answer_problem(&request->answer, MHD_HTTP_ACCEPTED, "taken");
	}
	return answer(request, MHD_HTTP_ACCEPTED) && read;
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
	answer_problem(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT,
		       "This is wrong.");
	return answer(request, MHD_HTTP_UNPROCESSABLE_CONTENT);
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
