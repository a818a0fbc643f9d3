#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/raw.h"

/* Requests that two readers could take for different ones: each gets its
 * documented answer, nothing behind it is executed, and where the next request
 * would begin is in doubt, the connection is closed. */

#define CLOSES_MS 20000 /* at once, but for what waits for its end: 10 s */

static char token[TOKEN_SIZE];
static uint64_t messages; /* that the chat holds */

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

/* In a request: @ the path of the chat's messages, ~ a NUL, ^ a whole request
 * that creates a message. */
#define POST "POST @ HTTP/1.1\r\nHost: x\r\n"
#define BODY "{\"body\":\"x\"}"
#define LENGTH "Content-Length: 12\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define CHUNKS "c\r\n" BODY "\r\n0\r\n\r\n"
static const char hidden[] = POST LENGTH "\r\n" BODY;

struct row {
	const char *request;
	int status;
	bool closes;
	unsigned creates;
};

static const struct row rows[] = {
	/* two lengths, or a length and chunks */
	{ POST LENGTH LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 0\r\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH "Content-Length: 0\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 12, 12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH CHUNKED "\r\n" CHUNKS "^", 400, true, 0 },
	{ POST CHUNKED LENGTH "\r\n" CHUNKS "^", 400, true, 0 },
	{ POST CHUNKED "Content-Length: 4\r\n\r\n" CHUNKS "^", 400, true, 0 },
	/* codings */
	{ POST "Transfer-Encoding: gzip\r\n\r\n" CHUNKS "^", 400, true, 0 },
	{ POST "Transfer-Encoding: gzip, chunked\r\n\r\n" CHUNKS "^", 400, true,
	  0 },
	{ POST "Transfer-Encoding: chunked, chunked\r\n\r\n" CHUNKS "^", 400,
	  true, 0 },
	{ POST CHUNKED CHUNKED "\r\n" CHUNKS "^", 400, true, 0 },
	{ POST "Transfer-Encoding: identity\r\n" LENGTH "\r\n" BODY "^", 400,
	  true, 0 },
	{ POST "Transfer-Encoding: xchunked\r\n\r\n" CHUNKS "^", 400, true, 0 },
	{ POST "Transfer-Encoding: \vchunked\r\n\r\n" CHUNKS "^", 400, true,
	  0 },
	{ POST "Transfer-Encoding:\r\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ "POST @ HTTP/1.0\r\n" CHUNKED "\r\n" CHUNKS "^", 400, true, 0 },
	/* lengths that are none */
	{ POST "Content-Length: -1\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: +12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 0xc\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 12 12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 1e1\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length:\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 99999999999999999999\r\n\r\n" BODY "^", 413,
	  true, 0 },
	{ POST "Content-Length: 18446744073709551628\r\n\r\n" BODY "^", 413,
	  true, 0 },
	/* chunks that are none */
	{ POST CHUNKED "\r\nzz\r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\n-c\r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\n+c\r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\n0xc\r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\n c\r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\nc \r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\n\r\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\nfffffffffffffffff\r\n" BODY "\r\n0\r\n\r\n^", 413,
	  true, 0 },
	{ POST CHUNKED "\r\nc\r\n" BODY "xx0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\nc\n" BODY "\r\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\nc\r\n" BODY "\n0\r\n\r\n^", 400, true, 0 },
	{ POST CHUNKED "\r\nc\r\n" BODY "\r\n0\r\nX T: 1\r\n\r\n^", 400, true,
	  0 },
	{ POST CHUNKED "\r\nc\r\n" BODY "\r\n0\r\n\n^", 400, true, 0 },
	/* good chunks */
	{ POST CHUNKED "\r\n" CHUNKS, 202, false, 1 },
	{ POST CHUNKED "\r\nc;a=b\r\n" BODY "\r\n0\r\n\r\n", 202, false, 1 },
	{ POST CHUNKED "\r\n6\r\n{\"body\r\n6\r\n\":\"x\"}\r\n00\r\n\r\n", 202,
	  false, 1 },
	{ POST CHUNKED "\r\nc\r\n" BODY "\r\n0\r\nX-T: 1\r\n\r\n", 202, false,
	  1 },
	/* hosts */
	{ "POST @ HTTP/1.1\r\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ POST "Host: y\r\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ POST "Host: x\r\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ "POST @ HTTP/1.1\r\nHost: a b\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @ HTTP/1.1\r\nHost: a/b\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @ HTTP/1.0\r\n" LENGTH "\r\n" BODY "^", 202, true, 1 },
	/* lines */
	{ POST "Content-Length : 12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length\t: 12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content Length: 12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH "X(y): 1\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH "X-A: b\r\n c\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length:\r\n 12\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH "X-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n" BODY "^",
	  400, true, 0 },
	{ "POST @ HTTP/1.1\r\n Host: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @ HTTP/1.1\nHost: x\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ POST "X-A: b\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH "\n" BODY "^", 400, true, 0 },
	{ POST "X-A: b\rContent-Length: 0\r\n" LENGTH "\r\n" BODY "^", 400,
	  true, 0 },
	{ POST LENGTH "X-A: a~b\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST "Content-Length: 12~0\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH "Transfer~-Encoding: chunked\r\n\r\n" BODY "^", 400, true,
	  0 },
	{ POST LENGTH "nothing\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH ": x\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST LENGTH ":\r\n\r\n" BODY "^", 400, true, 0 },
	{ POST ": x\r\n" LENGTH "\r\n" BODY "^", 400, true, 0 },
	/* the request line */
	{ "POST  @ HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @ x HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @~x HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @\tx HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "P\001ST @ HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "P{ST @ HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY "^", 400, true,
	  0 },
	{ "POST @\r\nHost: x\r\n\r\n^", 400, true, 0 },
	{ "POST @ HTTP/1.1 \r\nHost: x\r\n\r\n^", 400, true, 0 },
	{ "POST @ HTTP/2.0\r\nHost: x\r\n\r\n^", 505, true, 0 },
	{ "POST @ http/1.1\r\nHost: x\r\n\r\n^", 400, true, 0 },
	{ "POST\t@\tHTTP/1.1\r\nHost: x\r\n\r\n^", 400, true, 0 },
	{ "nonsense\r\nHost: x\r\n\r\n^", 400, true, 0 },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n^", 505, true, 0 },
	{ "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n^", 400, true, 0 },
	/* an expectation that is not met: nobody waits for the body */
	{ POST LENGTH "Expect: tea\r\n\r\n" BODY "^", 417, true, 0 },
	{ POST "Content-Length: 524289\r\nExpect: 100-continue\r\n\r\n", 413,
	  true, 0 },
	{ POST "Content-Length: 99999999\r\n\r\n" BODY "^", 413, true, 0 },
	/* targets */
	{ "POST @%00 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400, false,
	  0 },
	{ "POST @%zz HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400, false,
	  0 },
	{ "POST @%4 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400, false,
	  0 },
	{ "POST @?a=%00 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400, false,
	  0 },
	{ "POST @?%zz HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400, false,
	  0 },
	{ "POST @?a=%4 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400, false,
	  0 },
	{ "POST @?a=%c0%80 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400,
	  false, 0 },
	{ "POST @?a=\377 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 400,
	  false, 0 },
	{ "POST @%ff HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 404, false,
	  0 },
	{ "POST @\377 HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 404, false,
	  0 },
	{ "POST @#a HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 404, false,
	  0 },
	{ "POST http://x@ HTTP/1.1\r\nHost: y\r\n" LENGTH "\r\n" BODY, 202,
	  false, 1 },
	{ "GET HTTPS://x:1/up HTTP/1.1\r\nHost: y\r\n\r\n", 200, false, 0 },
	{ "GET http://x?a=b HTTP/1.1\r\nHost: y\r\n\r\n", 404, false, 0 },
	{ "GET ftp://x/up HTTP/1.1\r\nHost: y\r\n\r\n", 400, false, 0 },
	{ "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 204, false, 0 },
	{ "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, false, 0 },
	/* methods are case-sensitive */
	{ "post @ HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 405, false, 0 },
	{ "BREW /up HTTP/1.1\r\nHost: x\r\n\r\n", 405, false, 0 },
	{ "TRACE /up HTTP/1.1\r\nHost: x\r\n\r\n", 405, false, 0 },
	/* what may stand there */
	{ POST "Content-Length: 012\r\n\r\n" BODY, 202, false, 1 },
	{ POST "Content-Length: \t12 \r\n\r\n" BODY, 202, false, 1 },
	{ "\r\n" POST LENGTH "\r\n" BODY, 202, false, 1 },
	{ "POST @ HTTP/1.1\r\nHost:\r\n" LENGTH "\r\n" BODY, 202, false, 1 },
	{ "POST @ HTTP/1.1\r\nhOsT:[::1]:1\r\n" LENGTH "\r\n" BODY, 202, false,
	  1 },
	{ POST LENGTH "X-A:   b\t\r\nX-B:\r\n\r\n" BODY, 202, false, 1 },
	{ "GET /up HTTP/1.1\r\nHost: x\r\n" LENGTH "\r\n" BODY, 200, false, 0 },
	/* repeated headers, encoded bodies */
	{ POST LENGTH "Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n" BODY,
	  400, false, 0 },
	{ POST LENGTH "Content-Type: application/json\r\n"
		      "Content-Type: application/json\r\n\r\n" BODY,
	  400, false, 0 },
	{ POST LENGTH "Authorization: Bearer a\r\n"
		      "Authorization: Bearer b\r\n\r\n" BODY,
	  400, false, 0 },
	{ POST LENGTH "Prefer: a\r\nPrefer: b\r\n\r\n" BODY, 202, false, 1 },
	{ POST LENGTH "Content-Encoding: gzip\r\n\r\n" BODY, 415, false, 0 },
	{ POST LENGTH "Content-Encoding: identity\r\n\r\n" BODY, 202, false,
	  1 },
};

static void expand(const char *from, struct buf *out)
{
	for (; *from; from++) {
		if (*from == '@')
			buf_printf(out, "/applications/%s/chats/1/messages",
				   token);
		else if (*from == '~')
			buf_append(out, "", 1);
		else if (*from == '^')
			expand(hidden, out);
		else
			buf_append_char(out, *from);
	}
}

static bool answer_is_right(const struct row *row, const struct raw *raw)
{
	if (raw_status(raw, 0) != row->status || raw_count(raw) > 1 ||
	    (row->closes && !raw->closed)) {
		print_error("%s\n-> %u answers, the first %d instead of %d, "
			    "%s\n",
			    row->request, raw_count(raw), raw_status(raw, 0),
			    row->status, raw->closed ? "closed" : "open");
		return false;
	}
	return true;
}

/* The next number says what was created since. */
static bool creates_are_right(const struct row *row)
{
	uint64_t next = create_message(token, 1, "next");
	uint64_t created = next - messages - 1;

	messages = next;
	if (created == row->creates)
		return true;
	print_error("%s\n-> %u messages were created\n", row->request,
		    (unsigned)created);
	return false;
}

static bool row_is_right(const struct row *row)
{
	int fd = raw_connect(setting("CONFAB_API_URL"));
	struct raw raw = { 0 };
	struct buf request = BUF_INIT;
	bool right;

	expand(row->request, &request);
	/* one that closes early need not take all of it */
	(void)raw_send(fd, request.data, request.length);
	raw_read(fd, row->closes ? 0 : 1, CLOSES_MS, &raw);
	close(fd);
	right = answer_is_right(row, &raw);
	buf_release(&request);
	raw_release(&raw);
	return creates_are_right(row) && right;
}

static void test_shapes(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		wrong += !row_is_right(&rows[i]);
	assert_int_equal(wrong, 0);
}

/* A head that comes byte by byte, or in two halves wherever they are cut, is
 * the same head. */
static void test_pieces(void **state)
{
	struct buf request = BUF_INIT;

	(void)state;
	expand(POST LENGTH "X-A: b\r\n\r\n" BODY, &request);
	for (size_t cut = 0; cut < request.length; cut++) {
		int fd = raw_connect(setting("CONFAB_API_URL"));
		struct raw raw = { 0 };

		for (size_t i = 0; cut == 0 && i < request.length; i++)
			assert_true(raw_send(fd, request.data + i, 1));
		if (cut > 0) {
			assert_true(raw_send(fd, request.data, cut));
			usleep(1000);
			assert_true(raw_send(fd, request.data + cut,
					     request.length - cut));
		}
		raw_read(fd, 1, CLOSES_MS, &raw);
		assert_int_equal(raw_status(&raw, 0), 202);
		raw_release(&raw);
		close(fd);
	}
	buf_release(&request);
}

/* TLS, and nothing but line ends: no request ever comes of it. */
static void test_other_protocols(void **state)
{
	static const char *const texts[] = {
		"\x16\x03\x01\x02\x80\x01\x01\xfc\x03\x03 hello, TLS here",
		"\r\n\r\n\r\n\r\n\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		int fd = raw_connect(setting("CONFAB_API_URL"));
		struct raw raw = { 0 };

		assert_true(raw_send(fd, texts[i], strlen(texts[i])));
		raw_read(fd, 0, CLOSES_MS * ROOM, &raw);
		assert_true(raw.closed);
		assert_int_equal(raw_count(&raw), 0);
		raw_release(&raw);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_other_protocols),
	};

	return cmocka_run_group_tests_name("api_guards", tests, prepare, NULL);
}
