#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/raw.h"

/* Sizes at their limits and one over, and what HTTP/1.1 itself has: pipelines,
 * interim answers. */

#define TARGET_MAX 8192
#define HEADERS_MAX 32768
#define BODY_MAX (512 * 1024)
#define ANSWERED_MS 30000

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

static void append_times(struct buf *buf, char c, size_t count)
{
	char *at = buf_reserve(buf, count);

	assert_non_null(at);
	memset(at, c, count);
	buf->length += count;
}

/* Sends it, releases it, and returns the first answer's status. */
static int status_of(struct buf *request)
{
	int fd = raw_connect(setting("CONFAB_API_URL"));
	struct raw raw = { 0 };
	int status;

	(void)raw_send(fd, request->data, request->length);
	raw_read(fd, 1, ANSWERED_MS, &raw);
	status = raw_status(&raw, 0);
	raw_release(&raw);
	buf_release(request);
	close(fd);
	return status;
}

/* `lines` header lines that make `headers` bytes together. */
static int status_of_sizes(size_t target, size_t headers, unsigned lines)
{
	struct buf request = BUF_INIT;
	size_t left = headers - strlen("Host: x\r\n");

	buf_append_text(&request, "GET /up?");
	append_times(&request, 'a', target - strlen("/up?"));
	buf_append_text(&request, " HTTP/1.1\r\nHost: x\r\n");
	for (unsigned i = lines; i > 0; i--) {
		size_t line = left / i;

		buf_append_text(&request, "A: ");
		append_times(&request, 'a', line - strlen("A: \r\n"));
		buf_append_text(&request, "\r\n");
		left -= line;
	}
	buf_append_text(&request, "\r\n");
	return status_of(&request);
}

static void test_target(void **state)
{
	(void)state;
	assert_int_equal(status_of_sizes(TARGET_MAX, 100, 1), 200);
	assert_int_equal(status_of_sizes(TARGET_MAX + 1, 100, 1), 414);
	assert_int_equal(status_of_sizes(20 * TARGET_MAX, 100, 1), 414);
}

static void test_headers(void **state)
{
	(void)state;
	assert_int_equal(status_of_sizes(10, HEADERS_MAX, 1), 200);
	assert_int_equal(status_of_sizes(10, HEADERS_MAX, 100), 200);
	assert_int_equal(status_of_sizes(TARGET_MAX, HEADERS_MAX, 100), 200);
	assert_int_equal(status_of_sizes(10, HEADERS_MAX + 1, 1), 431);
	assert_int_equal(status_of_sizes(10, HEADERS_MAX + 1, 100), 431);
	assert_int_equal(status_of_sizes(10, 5 * HEADERS_MAX, 1), 431);
	assert_int_equal(status_of_sizes(10, 5 * HEADERS_MAX, 500), 431);
}

/* ---- bodies ---- */

/* A good message and blanks behind it. */
static void append_body(struct buf *buf, size_t size)
{
	static const char json[] = "{\"body\":\"x\"}";

	buf_append_text(buf, json);
	append_times(buf, ' ', size - strlen(json));
}

static void append_head(struct buf *buf)
{
	buf_printf(buf,
		   "POST /applications/%s/chats/1/messages HTTP/1.1\r\n"
		   "Host: x\r\n",
		   token);
}

static int status_of_body(size_t size)
{
	struct buf request = BUF_INIT;

	append_head(&request);
	buf_printf(&request, "Content-Length: %zu\r\n\r\n", size);
	append_body(&request, size);
	return status_of(&request);
}

static int status_of_chunks(size_t size)
{
	struct buf request = BUF_INIT;
	struct buf body = BUF_INIT;

	append_body(&body, size);
	append_head(&request);
	buf_append_text(&request, "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t at = 0; at < size; at += 50000) {
		size_t chunk = size - at < 50000 ? size - at : 50000;

		buf_printf(&request, "%zx\r\n", chunk);
		buf_append(&request, body.data + at, chunk);
		buf_append_text(&request, "\r\n");
	}
	buf_append_text(&request, "0\r\n\r\n");
	buf_release(&body);
	return status_of(&request);
}

static void test_body(void **state)
{
	uint64_t before = create_message(token, 1, "before");

	(void)state;
	assert_int_equal(status_of_body(BODY_MAX), 202);
	assert_int_equal(status_of_body(BODY_MAX + 1), 413);
	assert_int_equal(status_of_body(3 * BODY_MAX), 413);
	assert_int_equal(status_of_chunks(BODY_MAX), 202);
	assert_int_equal(status_of_chunks(BODY_MAX + 1), 413);
	assert_int_equal(status_of_chunks(3 * BODY_MAX), 413);
	assert_int_equal(create_message(token, 1, "after"), before + 3);
}

/* A request that is not too large, with a message that is. */
static void test_message(void **state)
{
	struct buf request = BUF_INIT;
	size_t size = BODY_MAX - strlen("{\"body\":\"\"}");

	(void)state;
	append_head(&request);
	buf_printf(&request, "Content-Length: %d\r\n\r\n{\"body\":\"",
		   BODY_MAX);
	append_times(&request, 'x', size);
	buf_append_text(&request, "\"}");
	assert_int_equal(status_of(&request), 422);
}

/* ---- interim answers ---- */

static void test_continue(void **state)
{
	int fd = raw_connect(setting("CONFAB_API_URL"));
	struct buf request = BUF_INIT;
	struct raw raw = { 0 };

	(void)state;
	append_head(&request);
	buf_append_text(&request, "Content-Length: 12\r\n"
				  "Expect: 100-Continue\r\n\r\n");
	assert_true(raw_send(fd, request.data, request.length));
	raw_read(fd, 1, ANSWERED_MS, &raw);
	assert_int_equal(raw_status(&raw, 0), 100);
	assert_true(raw_send(fd, "{\"body\":\"x\"}", 12));
	raw_read(fd, 2, ANSWERED_MS, &raw);
	assert_int_equal(raw_status(&raw, 1), 202);
	raw_release(&raw);
	buf_release(&request);
	close(fd);
}

/* What is refused anyway is refused before the body. */
static void test_no_continue(void **state)
{
	static const struct {
		const char *path, *length;
		int status;
	} rows[] = {
		{ "/applications", "524289", 413 },
		{ "/applications", "99999999999", 413 },
		{ "/nothing", "12", 404 },
		{ "/up", "12", 405 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int fd = raw_connect(setting("CONFAB_API_URL"));
		struct buf request = BUF_INIT;
		struct raw raw = { 0 };

		buf_printf(&request,
			   "POST %s HTTP/1.1\r\nHost: x\r\n"
			   "Content-Length: %s\r\n"
			   "Expect: 100-continue\r\n\r\n",
			   rows[i].path, rows[i].length);
		assert_true(raw_send(fd, request.data, request.length));
		raw_read(fd, 0, ANSWERED_MS, &raw);
		assert_int_equal(raw_status(&raw, 0), rows[i].status);
		assert_true(raw.closed);
		raw_release(&raw);
		buf_release(&request);
		close(fd);
	}
}

/* ---- pipelines ---- */

#define PIPELINED 100

/* Sends it all at once, releases it, and reads as many answers. */
static void exchange(struct buf *requests, unsigned answers, struct raw *raw_r)
{
	int fd = raw_connect(setting("CONFAB_API_URL"));

	assert_true(raw_send(fd, requests->data, requests->length));
	raw_read(fd, answers, ANSWERED_MS, raw_r);
	assert_int_equal(raw_count(raw_r), answers);
	buf_release(requests);
	close(fd);
}

static void test_pipeline(void **state)
{
	uint64_t before = create_message(token, 1, "before");
	struct buf request = BUF_INIT;
	struct raw raw = { 0 };

	(void)state;
	for (unsigned i = 0; i < PIPELINED; i++) {
		append_head(&request);
		buf_printf(&request,
			   "X-Request-Id: pipelined-%u-\r\n"
			   "Content-Length: 12\r\n\r\n{\"body\":\"x\"}",
			   i);
	}
	exchange(&request, PIPELINED, &raw);
	for (unsigned i = 0; i < PIPELINED; i++) {
		char id[64], number[64];
		const char *found;

		snprintf(id, sizeof(id), "pipelined-%u-", i);
		snprintf(number, sizeof(number), "{\"number\":%u,",
			 (unsigned)before + 1 + i);
		assert_int_equal(raw_status(&raw, i), 202);
		found = strstr(raw_head(&raw, i), id);
		assert_non_null(found);
		assert_true(found < raw_body(&raw, i));
		assert_memory_equal(raw_body(&raw, i), number, strlen(number));
	}
	raw_release(&raw);
	assert_int_equal(create_message(token, 1, "after"),
			 before + PIPELINED + 1);
}

/* A request with chunks ends where it says, and another may follow. */
static void test_chunks_go_on(void **state)
{
	uint64_t before = create_message(token, 1, "before");
	struct buf request = BUF_INIT;
	struct raw raw = { 0 };

	(void)state;
	for (unsigned i = 0; i < PIPELINED; i++) {
		append_head(&request);
		buf_append_text(&request, "Transfer-Encoding: chunked\r\n\r\n"
					  "5\r\n{\"bod\r\n7\r\ny\":\"x\"}\r\n"
					  "0\r\n\r\n");
	}
	exchange(&request, PIPELINED, &raw);
	raw_release(&raw);
	assert_int_equal(create_message(token, 1, "after"),
			 before + PIPELINED + 1);
}

/* What came before a client closed its side is answered. */
static void test_half_closed(void **state)
{
	int fd = raw_connect(setting("CONFAB_API_URL"));
	struct buf request = BUF_INIT;
	struct raw raw = { 0 };

	(void)state;
	append_head(&request);
	buf_append_text(&request, "Content-Length: 12\r\n\r\n"
				  "{\"body\":\"x\"}GET /up HTTP/1.0\r\n\r\n");
	assert_true(raw_send(fd, request.data, request.length));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	raw_read(fd, 0, ANSWERED_MS, &raw);
	assert_true(raw.closed);
	assert_int_equal(raw_count(&raw), 2);
	assert_int_equal(raw_status(&raw, 0), 202);
	assert_int_equal(raw_status(&raw, 1), 200);
	raw_release(&raw);
	buf_release(&request);
	close(fd);
}

/* HTTP/1.0: one request, or as many as are asked for. */
static void test_old_version(void **state)
{
	static const struct {
		const char *request;
		unsigned answers;
	} rows[] = {
		{ "GET /up HTTP/1.0\r\n\r\nGET /up HTTP/1.0\r\n\r\n", 1 },
		{ "GET /up HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
		  "GET /up HTTP/1.0\r\n\r\n",
		  2 },
		{ "GET /up HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		  "GET /up HTTP/1.1\r\nHost: x\r\n\r\n",
		  1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int fd = raw_connect(setting("CONFAB_API_URL"));
		struct raw raw = { 0 };

		assert_true(
			raw_send(fd, rows[i].request, strlen(rows[i].request)));
		raw_read(fd, 0, ANSWERED_MS, &raw);
		assert_int_equal(raw_count(&raw), rows[i].answers);
		assert_true(raw.closed);
		raw_release(&raw);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_no_continue),
		cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_chunks_go_on),
		cmocka_unit_test(test_half_closed),
		cmocka_unit_test(test_old_version),
	};

	return cmocka_run_group_tests_name("api_limits", tests, prepare, NULL);
}
