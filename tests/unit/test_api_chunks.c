/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/chunks.h"
#include "common/buf.h"

/* Reads it in pieces of `step` bytes. Returns how it ended; what the body is
 * goes to `body`, and how many bytes were taken to *taken_r. */
static enum chunks_result read_in(const char *text, size_t size, size_t step,
				  struct buf *body, size_t *taken_r)
{
	struct chunks chunks = { 0 };
	enum chunks_result result = CHUNKS_MORE;
	size_t at = 0;

	buf_clear(body);
	while (at < size && (result == CHUNKS_MORE || result == CHUNKS_DATA)) {
		size_t length = size - at < step ? size - at : step;
		const char *bytes = text + at, *data;
		size_t data_length;

		do {
			result =
				chunks_take(&chunks, &bytes, text + at + length,
					    &data, &data_length);
			if (result == CHUNKS_DATA)
				buf_append(body, data, data_length);
		} while (result == CHUNKS_DATA);
		at = (size_t)(bytes - text);
	}
	*taken_r = at;
	return result;
}

static void bodies_are_joined(void **state)
{
	static const char text[] =
		"4\r\nab\r\n\r\n00A;x=\"y;z\"\r\n0123456789\r\n"
		"0;last\r\nX-T: 1\r\nY:\r\n\r\nGET";
	struct buf body = BUF_INIT;

	(void)state;
	for (size_t step = 1; step <= sizeof(text); step++) {
		size_t taken;

		assert_int_equal(
			read_in(text, sizeof(text) - 1, step, &body, &taken),
			CHUNKS_END);
		assert_int_equal(taken, sizeof(text) - 1 - strlen("GET"));
		assert_string_equal(body.data, "ab\r\n0123456789");
	}
	buf_release(&body);
}

static void bad_ones_are_seen(void **state)
{
	static const char *const texts[] = {
		"\r\n",
		"zz\r\n",
		"-4\r\n",
		"+4\r\n",
		"0x4\r\n",
		" 4\r\n",
		"4 \r\n",
		"4\n",
		"4\r\r",
		"4;a\n",
		"4;\x01\r\n",
		"4\r\nabcdx",
		"4\r\nabcd\n",
		"4\r\nabcd\rx",
		";a\r\n",
		"0\r\nA b: c\r\n",
		"0\r\n: c\r\n",
		"0\r\nA\r\n",
		"0\r\nA: b\n",
		"0\r\n A: b\r\n",
		"0\r\nA: b\r\n\n",
		"0\r\n\rx",
	};
	struct buf body = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t taken;

		assert_int_equal(
			read_in(texts[i], strlen(texts[i]), 1, &body, &taken),
			CHUNKS_BAD);
		assert_int_equal(
			read_in(texts[i], strlen(texts[i]), 99, &body, &taken),
			CHUNKS_BAD);
	}
	buf_release(&body);
}

static void sizes_do_not_overflow(void **state)
{
	static const char text[] = "fffffffffffffffff0\r\nab";
	struct chunks chunks = { 0 };
	const char *bytes = text, *data;
	size_t length;

	(void)state;
	assert_int_equal(chunks_take(&chunks, &bytes, text + strlen(text),
				     &data, &length),
			 CHUNKS_DATA);
	assert_int_equal(length, 2);
	assert_true(chunks.left == UINT64_MAX - 2);
}

/* A client that sends everything but a body does not do so for ever. */
static void extras_are_bounded(void **state)
{
	struct buf text = BUF_INIT, body = BUF_INIT;
	size_t taken;

	(void)state;
	buf_append_text(&text, "4;");
	for (unsigned i = 0; i < CHUNKS_EXTRA_MAX; i++)
		buf_append_char(&text, 'a');
	assert_int_equal(read_in(text.data, text.length, 1000, &body, &taken),
			 CHUNKS_BAD);
	buf_clear(&text);
	buf_append_text(&text, "0\r\n");
	for (unsigned i = 0; i < CHUNKS_EXTRA_MAX / 5; i++)
		buf_append_text(&text, "A:b\r\n");
	assert_int_equal(read_in(text.data, text.length, 1000, &body, &taken),
			 CHUNKS_BAD);
	buf_release(&text);
	buf_release(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_joined),
		cmocka_unit_test(bad_ones_are_seen),
		cmocka_unit_test(sizes_do_not_overflow),
		cmocka_unit_test(extras_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
