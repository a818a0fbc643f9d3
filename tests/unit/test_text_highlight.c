#include "common/text_highlight.h"

#include "common/utf8.h"
#include "tests/unit/unit.h"

struct row {
	const char *query, *body, *html;
};

static const struct row rows[] = {
	{ "hello", "Hello world", "<mark>Hello</mark> world" },
	{ "wor hel", "Hello world!", "<mark>Hello</mark> <mark>world</mark>!" },
	{ "b", "<b>\"b\" & 'b'</b>",
	  "&lt;<mark>b</mark>&gt;&quot;<mark>b</mark>&quot; &amp; "
	  "&#39;<mark>b</mark>&#39;&lt;/<mark>b</mark>&gt;" },
	{ "script", "<script>alert(1)</script>",
	  "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;" },
	{ "cafe", "Ein Cafe\u0301 hier", "Ein <mark>Cafe\u0301</mark> hier" },
	{ "strasse", "die Stra\u00dfe.", "die <mark>Stra\u00dfe</mark>." },
	{ "ecole", "l\u2019\u00e9cole", "l\u2019<mark>\u00e9cole</mark>" },
	{ "l'ecole ecole", "l\u2019\u00e9cole",
	  "<mark>l\u2019\u00e9cole</mark>" },
	{ "\u5317\u4eac", "\u6211\u7231\u5317\u4eac \u5317",
	  "\u6211\u7231<mark>\u5317\u4eac</mark> \u5317" },
	{ "\u4f1a\u793e", "a \u337f b", "a <mark>\u337f</mark> b" },
	{ "wrold", "hello world", "hello <mark>world</mark>" },
	{ "none", "hello & bye", "hello &amp; bye" },
	{ "", "hello", "hello" },
	{ "hello", "", "" },
};

static char *highlight(const char *query_text, const char *body, size_t length)
{
	struct text_query query;
	struct buf html = BUF_INIT;
	char *copy = exact_copy(body, length);

	assert_true(
		text_query_init(&query, query_text, strlen(query_text), true));
	assert_true(text_highlight(&query, copy, length, &html));
	buf_append_char(&html, '\0');
	text_query_release(&query);
	free(copy);
	return buf_take(&html, NULL);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *html = highlight(rows[i].query, rows[i].body,
				       strlen(rows[i].body));

		if (strcmp(html, rows[i].html) != 0)
			fail_row(rows[i].body, "%s", html);
		free(html);
	}
}

static char *repeat(const char *part, size_t times, const char *middle)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < times; i++)
		buf_append_text(&text, part);
	buf_append_text(&text, middle);
	for (size_t i = 0; i < times; i++)
		buf_append_text(&text, part);
	buf_append_char(&text, '\0');
	return buf_take(&text, NULL);
}

/* A long body gives a part with the match, cut between words. */
static void test_fragment(void **state)
{
	static const char *const parts[] = { "word ", "\u4e2d\u6587",
					     "\u0440\u0443\u0441 ", "-.- ",
					     "x" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		char *body = repeat(parts[i], 500, " needle ");
		char *html = highlight("needle", body, strlen(body));

		if (!strstr(html, "<mark>needle</mark>"))
			fail_row(parts[i], "%s", html);
		assert_true(utf8_valid(html, strlen(html)));
		assert_true(strlen(html) < 2 * TEXT_FRAGMENT_BYTES);
		assert_memory_equal(html, "\u2026", 3);
		free(html);
		free(body);
	}
}

/* The part with most words wins over the first one with any. */
static void test_best_part(void **state)
{
	char *first = repeat("dull ", 100, "needle ");
	char *both = repeat(first, 1, "a needle in a haystack ");
	char *html = highlight("needle haystack", both, strlen(both));

	(void)state;
	assert_non_null(strstr(html, "<mark>needle</mark> in a "
				     "<mark>haystack</mark>"));
	free(html);
	free(both);
	free(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_best_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
