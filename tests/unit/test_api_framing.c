/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/framing.h"

/* A head as the HTTP library leaves it in its memory: each line end and the
 * blanks of the request line are NULs, and so is each header's colon. */
struct head {
	char bytes[512];
	size_t size;
	struct framing framing;
};

static char *put(struct head *head, const char *text, size_t zeros)
{
	char *at = head->bytes + head->size;

	memcpy(at, text, strlen(text) + 1);
	memset(at + strlen(text), 0, zeros);
	head->size += strlen(text) + zeros;
	return at;
}

static void begin(struct head *head, const char *version)
{
	char *method, *target;

	memset(head, 0, sizeof(*head));
	method = put(head, "GET", 1);
	target = put(head, "/up", 1);
	framing_begin(&head->framing, method, target, strlen(target),
		      put(head, version, 2));
}

static void add(struct head *head, const char *name, const char *value,
		size_t zeros)
{
	char *at = put(head, name, 2);

	framing_add(&head->framing, at, put(head, value, zeros));
}

static const char *end(struct head *head, size_t zeros)
{
	return framing_end(&head->framing, head->size + zeros);
}

static void plain_heads_pass(void **state)
{
	struct head head;

	(void)state;
	begin(&head, "HTTP/1.1");
	add(&head, "Host", "x:80", 2);
	add(&head, "X-Empty", "", 2);
	add(&head, "Content-Length", "12", 2);
	assert_null(end(&head, 2));
	assert_int_equal(head.framing.length, 12);
	assert_int_equal(framing_headers_size(&head.framing,
					      head.bytes + strlen("GET /up ")),
			 strlen("Host: x:80\r\nX-Empty: \r\n"
				"Content-Length: 12\r\n"));
	begin(&head, "HTTP/1.0");
	assert_null(end(&head, 2));
}

static void other_line_ends_show(void **state)
{
	struct head head;

	(void)state;
	/* bare LF behind a header, behind the request line, as blank line */
	begin(&head, "HTTP/1.1");
	add(&head, "Host", "x", 1);
	add(&head, "A", "b", 2);
	assert_non_null(end(&head, 2));
	begin(&head, "HTTP/1.1");
	head.size--;
	add(&head, "Host", "x", 2);
	assert_non_null(end(&head, 2));
	begin(&head, "HTTP/1.1");
	add(&head, "Host", "x", 2);
	assert_non_null(end(&head, 1));
	/* something between two lines, or behind the last one */
	begin(&head, "HTTP/1.1");
	add(&head, "Host", "x", 2);
	put(&head, "folded", 2);
	add(&head, "A", "b", 2);
	assert_non_null(end(&head, 2));
	begin(&head, "HTTP/1.1");
	add(&head, "Host", "x", 2);
	put(&head, ":", 2);
	assert_non_null(end(&head, 0));
}

/* A head with Host and these two headers; NULL: not there. */
static const char *problem_of(const char *version, const char *name,
			      const char *value, const char *second_name,
			      const char *second_value)
{
	struct head head;

	begin(&head, version);
	add(&head, "Host", "x", 2);
	add(&head, name, value, 2);
	if (second_name)
		add(&head, second_name, second_value, 2);
	return end(&head, 2);
}

static void bodies_have_one_length(void **state)
{
	static const char te[] = "transfer-encoding";
	static const char cl[] = "content-length";

	(void)state;
	assert_null(problem_of("HTTP/1.1", te, "Chunked", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.0", te, "chunked", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", te, "gzip", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", te, "", NULL, NULL));
	assert_non_null(
		problem_of("HTTP/1.1", te, "chunked, chunked", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", te, "chunked", te, "chunked"));
	assert_non_null(problem_of("HTTP/1.1", te, "chunked", cl, "1"));
	assert_non_null(problem_of("HTTP/1.1", cl, "1", te, "chunked"));
	assert_non_null(problem_of("HTTP/1.1", cl, "1", cl, "1"));
}

static void names_and_values_are_of_good_characters(void **state)
{
	(void)state;
	assert_null(problem_of("HTTP/1.1", "X-a!#$%&'*+.^_`|~9", "\xff\x01",
			       NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "", "b", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "A ", "b", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "A\t", "b", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "A(b)", "b", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "\xc3\xa9", "b", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "A", "b\rc", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.1", "Host", "x", NULL, NULL));
	assert_non_null(problem_of("HTTP/1.0", "Host", "x", NULL, NULL));
}

static void the_request_line_is_three_words(void **state)
{
	static char line[] = "GET\0/u p\0HTTP/1.1\0";
	struct framing framing;

	(void)state;
	framing_begin(&framing, line, line + 4, 4, line + 9);
	assert_non_null(framing.problem);
	line[6] = 'x';
	framing_begin(&framing, line, line + 4, 4, line + 9);
	assert_null(framing.problem);
	framing_begin(&framing, line, line + 4, 3, line + 9);
	assert_non_null(framing.problem);
	line[1] = '\x01';
	framing_begin(&framing, line, line + 4, 4, line + 9);
	assert_non_null(framing.problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_heads_pass),
		cmocka_unit_test(other_line_ends_show),
		cmocka_unit_test(bodies_have_one_length),
		cmocka_unit_test(names_and_values_are_of_good_characters),
		cmocka_unit_test(the_request_line_is_three_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
