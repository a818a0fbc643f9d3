/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/head.h"
#include "common/buf.h"

#define LINE "GET /up HTTP/1.1\r\n"
#define HOST "Host: x\r\n"

/* A copy of its own size, so that a sanitizer sees a look behind its end. */
struct read {
	struct head head;
	char *bytes;
	unsigned fields;
	char seen[256]; /* name=value; of each */
};

static void read_bytes(struct read *read, const char *bytes, size_t size)
{
	const char *name, *value;

	memset(read, 0, sizeof(*read));
	read->bytes = malloc(size);
	assert_non_null(read->bytes);
	memcpy(read->bytes, bytes, size);
	head_begin(&read->head, read->bytes, size);
	while (head_next(&read->head, &name, &value)) {
		read->fields++;
		if (strlen(read->seen) + strlen(name) + strlen(value) + 3 <
		    sizeof(read->seen)) {
			strcat(read->seen, name);
			strcat(read->seen, "=");
			strcat(read->seen, value);
			strcat(read->seen, ";");
		}
	}
	head_end(&read->head);
}

static unsigned status_of(const char *text)
{
	struct read read;
	size_t searched = 0;

	assert_int_equal(head_find_end(text, strlen(text), &searched),
			 strlen(text));
	read_bytes(&read, text, strlen(text));
	free(read.bytes);
	return read.head.status;
}

static void plain_heads_pass(void **state)
{
	static const char text[] = "POST /a?b HTTP/1.1\r\nHost: x:80\r\n"
				   "X-Empty:\r\nA: \t b c \t\r\n"
				   "content-LENGTH:12\r\n\r\n";
	struct read read;

	(void)state;
	read_bytes(&read, text, strlen(text));
	assert_int_equal(read.head.status, 0);
	assert_string_equal(read.head.method, "POST");
	assert_string_equal(read.head.target, "/a?b");
	assert_int_equal(read.head.target_length, 4);
	assert_string_equal(read.seen, "Host=x:80;X-Empty=;A=b c;"
				       "content-LENGTH=12;");
	assert_int_equal(read.head.length, 12);
	assert_true(read.head.persistent);
	assert_int_equal(head_fields_size(&read.head),
			 strlen(text) - strlen("POST /a?b HTTP/1.1\r\n\r\n"));
	free(read.bytes);
}

static void connections_end_or_go_on(void **state)
{
	static const struct {
		const char *text;
		bool persistent;
	} rows[] = {
		{ LINE HOST "\r\n", true },
		{ LINE HOST "Connection: close\r\n\r\n", false },
		{ LINE HOST "Connection: a, CLOSE ,b\r\n\r\n", false },
		{ LINE HOST "Connection: closed\r\n\r\n", true },
		{ LINE HOST "Connection: a\r\nConnection: close\r\n\r\n",
		  false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.9\r\n" HOST "\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct read read;

		read_bytes(&read, rows[i].text, strlen(rows[i].text));
		assert_int_equal(read.head.status, 0);
		assert_int_equal(read.head.persistent, rows[i].persistent);
		free(read.bytes);
	}
}

static void request_lines_are_three_words(void **state)
{
	static const struct {
		const char *line;
		unsigned status;
	} rows[] = {
		{ "GET /up HTTP/1.1", 0 },
		{ "GET  /up HTTP/1.1", 400 },
		{ "GET /up  HTTP/1.1", 400 },
		{ " GET /up HTTP/1.1", 400 },
		{ "GET /up HTTP/1.1 ", 400 },
		{ "GET /u p HTTP/1.1", 400 },
		{ "GET\t/up\tHTTP/1.1", 400 },
		{ "GET /u\tp HTTP/1.1", 400 },
		{ "GET /up", 400 },
		{ "GET", 400 },
		{ "GET /up ", 400 },
		{ "G{T /up HTTP/1.1", 400 },
		{ "G\001T /up HTTP/1.1", 400 },
		{ "GET /up\x7f HTTP/1.1", 400 },
		{ "GET /up http/1.1", 400 },
		{ "GET /up HTTP/1", 400 },
		{ "GET /up HTTP/11", 400 },
		{ "GET /up HTTP/1.10", 400 },
		{ "GET /up HTTP/2.0", 505 },
		{ "GET /up HTTP/0.9", 505 },
		{ "GET /\xff HTTP/1.1", 0 },
		{ "g!t * HTTP/1.1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = BUF_INIT;

		buf_append_text(&text, rows[i].line);
		buf_append_text(&text, "\r\n" HOST "\r\n");
		assert_int_equal(status_of(text.data), rows[i].status);
		buf_release(&text);
	}
}

static void lines_end_with_cr_lf(void **state)
{
	(void)state;
	assert_int_equal(status_of(LINE HOST "A: b\r\n\n"), 400);
	assert_int_equal(status_of(LINE HOST "A: b\n\r\n"), 400);
	assert_int_equal(status_of("GET /up HTTP/1.1\n" HOST "\r\n"), 400);
	assert_int_equal(status_of("GET /up HTTP/1.1\nHost: x\n\n"), 400);
	assert_int_equal(status_of(LINE HOST "A: b\rC: d\r\n\r\n"), 400);
	assert_int_equal(status_of(LINE HOST "A: b\r\n c\r\n\r\n"), 400);
	assert_int_equal(status_of(LINE HOST "A: b\r\n\tc: d\r\n\r\n"), 400);
	assert_int_equal(status_of(LINE " " HOST "\r\n"), 400);
	assert_int_equal(status_of(LINE "\r\n"), 400);
}

static void no_text_holds_a_nul(void **state)
{
	static const char *const texts[] = {
		"G~T / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /~ HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1~\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHo~st: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x~y\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n~\r\n\r\n",
		"~GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char bytes[64];
		struct read read;
		size_t size = strlen(texts[i]);

		memcpy(bytes, texts[i], size);
		*(char *)memchr(bytes, '~', size) = '\0';
		read_bytes(&read, bytes, size);
		assert_int_equal(read.head.status, 400);
		free(read.bytes);
	}
}

static unsigned status_with(const char *field)
{
	struct buf text = BUF_INIT;
	unsigned status;

	buf_printf(&text, LINE HOST "%s\r\n\r\n", field);
	status = status_of(text.data);
	buf_release(&text);
	return status;
}

static void names_and_values_are_of_good_characters(void **state)
{
	(void)state;
	assert_int_equal(status_with("X-a!#$%&'*+.^_`|~9: \xff\t\xc3"), 0);
	assert_int_equal(status_with("A: \x01"), 400);
	assert_int_equal(status_with(": b"), 400);
	assert_int_equal(status_with("A : b"), 400);
	assert_int_equal(status_with("A\t: b"), 400);
	assert_int_equal(status_with("A(b): c"), 400);
	assert_int_equal(status_with("\xc3\xa9: b"), 400);
	assert_int_equal(status_with("nothing"), 400);
	assert_int_equal(status_with("Host: x"), 400);
	assert_int_equal(status_of(LINE "Host: a b\r\n\r\n"), 400);
	assert_int_equal(status_of(LINE "Host:\r\n\r\n"), 0);
	assert_int_equal(status_of(LINE "Host: [::1]:80\r\n\r\n"), 0);
	assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
}

static void bodies_have_one_length(void **state)
{
#define TE "Transfer-Encoding: "
#define CL "content-length: "
	(void)state;
	assert_int_equal(status_with(TE "Chunked"), 0);
	assert_int_equal(status_with(TE "gzip"), 400);
	assert_int_equal(status_with(TE "identity"), 400);
	assert_int_equal(status_with(TE), 400);
	assert_int_equal(status_with(TE "chunked, chunked"), 400);
	assert_int_equal(status_with(TE "chunked\r\n" TE "chunked"), 400);
	assert_int_equal(status_with(TE "chunked\r\n" CL "1"), 400);
	assert_int_equal(status_with(CL "1\r\n" TE "chunked"), 400);
	assert_int_equal(status_of("GET / HTTP/1.0\r\n" TE "chunked\r\n\r\n"),
			 400);
	assert_int_equal(status_with(CL "1\r\n" CL "1"), 400);
	assert_int_equal(status_with(CL "012"), 0);
	assert_int_equal(status_with(CL "12 "), 0);
	assert_int_equal(status_with(CL), 400);
	assert_int_equal(status_with(CL "-1"), 400);
	assert_int_equal(status_with(CL "+1"), 400);
	assert_int_equal(status_with(CL "0x1"), 400);
	assert_int_equal(status_with(CL "1, 1"), 400);
	assert_int_equal(status_with(CL "1 1"), 400);
}

static void lengths_do_not_overflow(void **state)
{
	static const char *const rows[] = { "18446744073709551616",
					    "18446744073709551628",
					    "99999999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = BUF_INIT;
		struct read read;

		buf_printf(&text, LINE HOST CL "%s\r\n\r\n", rows[i]);
		read_bytes(&read, text.data, text.length);
		assert_int_equal(read.head.status, 0);
		assert_true(read.head.length == UINT64_MAX);
		free(read.bytes);
		buf_release(&text);
	}
}

/* However it is cut into pieces, the end is found where it is. */
static void ends_are_found_in_pieces(void **state)
{
	static const char text[] = LINE HOST "A: b\r\n\r\nGET";
	const size_t end = sizeof(text) - 1 - strlen("GET");

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		size_t searched = 0, found = 0, length = 0;

		while (found == 0 && length < sizeof(text) - 1) {
			length += step;
			if (length > sizeof(text) - 1)
				length = sizeof(text) - 1;
			found = head_find_end(text, length, &searched);
			assert_true(found == 0 ? length < end : length >= end);
		}
		assert_int_equal(found, end);
	}
}

static void too_much_is_seen_without_an_end(void **state)
{
	struct buf text = BUF_INIT;

	(void)state;
	buf_append_text(&text, "GET /");
	for (unsigned i = 0; i < HEAD_TARGET_MAX + 100; i++)
		buf_append_char(&text, 'a');
	assert_int_equal(head_overflows(text.data, HEAD_TARGET_MAX), 0);
	assert_int_equal(head_overflows(text.data, text.length), 414);
	buf_clear(&text);
	buf_append_text(&text, LINE HOST "A: ");
	for (unsigned i = 0; i < HEAD_FIELDS_MAX; i++)
		buf_append_char(&text, 'a');
	assert_int_equal(head_overflows(text.data, HEAD_FIELDS_MAX), 0);
	assert_int_equal(head_overflows(text.data, text.length), 431);
	buf_release(&text);
}

/* Noise in a head: something is decided, and nothing is read that is not
 * there. */
static void noise_does_no_harm(void **state)
{
	static const char text[] = "POST /a HTTP/1.1\r\nHost: x\r\n"
				   "Content-Length: 12\r\nA: b\r\n\r\n";
	static const char noise[] = { '\r', '\n', ':', ' ', '\0', 'x', '\t' };

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		for (size_t j = 0; j < 2 * sizeof(noise); j++) {
			char bytes[sizeof(text)];
			struct read read;
			size_t searched = 0, size;

			memcpy(bytes, text, sizeof(text));
			bytes[i] = noise[j / 2];
			if (j % 2)
				bytes[(i * 7 + 3) % (sizeof(text) - 1)] = '\n';
			size = head_find_end(bytes, sizeof(text) - 1,
					     &searched);
			assert_true(size <= sizeof(text) - 1);
			if (size == 0)
				continue;
			read_bytes(&read, bytes, size);
			free(read.bytes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_heads_pass),
		cmocka_unit_test(connections_end_or_go_on),
		cmocka_unit_test(request_lines_are_three_words),
		cmocka_unit_test(lines_end_with_cr_lf),
		cmocka_unit_test(no_text_holds_a_nul),
		cmocka_unit_test(names_and_values_are_of_good_characters),
		cmocka_unit_test(bodies_have_one_length),
		cmocka_unit_test(lengths_do_not_overflow),
		cmocka_unit_test(ends_are_found_in_pieces),
		cmocka_unit_test(too_much_is_seen_without_an_end),
		cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
