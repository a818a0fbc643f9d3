#include "common/text.h"

#include <stdbool.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwbrk.h>

#include "common/text_fold.h"
#include "common/text_words.h"
#include "tests/unit/unit.h"

struct row {
	const char *name, *body, *form;
};

static const struct row rows[] = {
	{ "nothing", "", "" },
	{ "no word", " ... -- !", "" },
	{ "words", "Hello, big  World!", "hello big world" },
	{ "Latin", "\u00c9l\u00e8ve \u00d8l Na\u00efve", "eleve ol naive" },
	{ "case folding", "Stra\u00dfe STRA\u1e9eE \ufb00",
	  "strasse strasse ff" },
	{ "Turkish", "\u0130 I \u0131 i", "i i i i" },
	{ "full width", "\uff21\uff42\uff13", "ab3" },
	{ "fraction", "\u00bd", "1\u20442 2" },
	{ "apostrophes", "don't don\u2019t 'quoted'",
	  "don't t don't t quoted" },
	{ "inner words", "www.a.org snake_case 3.14",
	  "www.a.org a.org org snake_case case 3.14 14" },
	{ "address", "ann@example.com", "ann example.com com" },
	{ "no inner words", "10:30 a-b a/b x,y", "10 30 a b a b x y" },
	{ "underscores", "_x_ __init__ ___", "x init" },
	{ "Greek", "\u039f\u03b4\u03cc\u03c2 \u1fb3",
	  "\u03bf\u03b4\u03bf\u03c3 \u03b1" },
	{ "Cyrillic", "\u0401\u0436 \u0419\u043e\u0434 \u0407\u0436",
	  "\u0435\u0436 \u0439\u043e\u0434 \u0457\u0436" },
	{ "Arabic", "\u0623\u064e \u0626 \u0640\u0628\u0640 \u06cc",
	  "\u0627 \u0626 \u0628 \u064a" },
	{ "Hindi keeps its marks", "\u0915\u093f", "\u0915\u093f" },
	{ "Han and Latin", "iPhone\u624b\u673a 2024\u5e74",
	  "iphone \u624b \u673a 2024 \u5e74" },
	{ "kana", "\uff76\uff9e\u3042\u30fc", "\u30ac \u3042 \u30fc" },
	{ "Hangul", "\ud55c\uad6d", "\ud55c \uad6d" },
	{ "Hangul from jamo", "\u1112\u1161\u11ab", "\ud55c" },
	{ "Thai", "\u0e01\u0e35\u0e48", "\u0e01 \u0e35 \u0e48" },
	{ "one sign, four words", "\u337f", "\u682a \u5f0f \u4f1a \u793e" },
	{ "emoji", "\U0001f389\U0001f389\ufe0f \u2764\ufe0f",
	  "\U0001f389 \U0001f389 \u2764" },
	{ "flags", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7",
	  "\U0001f1e9\U0001f1ea \U0001f1eb\U0001f1f7" },
	{ "keycap", "1\ufe0f\u20e3", "1" },
	{ "currency and arrows", "\u20ac5 \u2192 \u00a37", "5 7" },
	{ "stray mark", "\u0301 a", "a" },
	{ "Hebrew quote", "\u05e6\u05d4\"\u05dc",
	  "\u05e6\u05d4\"\u05dc \u05dc" },
	{ "joiners", "\u0645\u06cc\u200c\u062e", "\u0645\u064a\u062e" },
	{ "not UTF-8",
	  "ab\xff"
	  "cd\xc3",
	  "ab cd" },
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf form = BUF_INIT;
		size_t length = strlen(rows[i].body);
		char *body = exact_copy(rows[i].body, length);

		assert_true(text_index_form(body, length, &form));
		if (form.length != strlen(rows[i].form) ||
		    (form.length &&
		     memcmp(form.data, rows[i].form, form.length) != 0))
			fail_row(rows[i].name, "[%s]",
				 form.data ? form.data : "");
		free(body);
		buf_release(&form);
	}
}

/* Words are cut at a character's end; inner words are few. */
static void test_bounds(void **state)
{
	char body[1001];
	struct buf form = BUF_INIT;
	size_t words = 1;

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	body[TEXT_WORD_BYTES - 1] = '\xd1'; /* U+044F */
	body[TEXT_WORD_BYTES] = '\x8f';
	assert_true(text_index_form(body, sizeof(body) - 1, &form));
	assert_int_equal(form.length, TEXT_WORD_BYTES - 1);
	buf_clear(&form);
	for (size_t i = 0; i < 120; i++)
		body[i] = i % 2 ? '.' : 'a';
	assert_true(text_index_form(body, 119, &form));
	for (size_t i = 0; i < form.length; i++)
		words += form.data[i] == ' ';
	assert_int_equal(words, 1 + TEXT_INNER_WORDS);
	buf_release(&form);
}

/* A body of the largest size does not take long. */
static void test_large(void **state)
{
	static const char *const parts[] = { "a.",	  "e\u0301", "\u0301",
					     "x",	  "\u4e00",  "_",
					     "\U0001f389" };
	char *body = malloc(70000);

	(void)state;
	assert_non_null(body);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		size_t step = strlen(parts[i]), length = 0;
		struct buf form = BUF_INIT;

		while (length + step <= 65535) {
			memcpy(body + length, parts[i], step);
			length += step;
		}
		assert_true(text_index_form(body, length, &form));
		buf_release(&form);
	}
	free(body);
}

/* ---- folding ---- */

static void fold(const uint8_t *text, size_t length, struct buf *out)
{
	buf_clear(out);
	assert_true(text_fold((const char *)text, length, out, NULL));
}

static void assert_same(const struct buf *a, const struct buf *b,
			const uint8_t *text)
{
	const char *left = a->data ? a->data : "";
	const char *right = b->data ? b->data : "";

	if (a->length != b->length || memcmp(left, right, a->length) != 0)
		fail_row((const char *)text, "[%s] and [%s]", left, right);
}

/* Folding twice, or after normalising, changes nothing. */
static void check_fold(const ucs4_t *points, size_t count)
{
	uninorm_t forms[] = { UNINORM_NFC, UNINORM_NFD, UNINORM_NFKC };
	struct buf folded = BUF_INIT, other = BUF_INIT;
	uint8_t text[128];
	size_t length = sizeof(text) - 1;

	assert_non_null(u32_to_u8(points, count, text, &length));
	text[length] = '\0';
	fold(text, length, &folded);
	fold((const uint8_t *)(folded.data ? folded.data : ""), folded.length,
	     &other);
	assert_same(&folded, &other, text);
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		size_t n;
		uint8_t *form = u8_normalize(forms[i], text, length, NULL, &n);

		assert_non_null(form);
		fold(form, n, &other);
		assert_same(&folded, &other, text);
		free(form);
	}
	buf_release(&folded);
	buf_release(&other);
}

static bool is_surrogate(ucs4_t point)
{
	return point >= 0xD800 && point <= 0xDFFF;
}

static void test_fold_each_character(void **state)
{
	(void)state;
	for (ucs4_t point = 1; point < 0x30000; point++)
		if (!is_surrogate(point))
			check_fold(&point, 1);
}

static void test_fold_mixtures(void **state)
{
	static const struct {
		ucs4_t first, last;
	} pools[] = { { 0x20, 0x7E },	  { 0xA0, 0x24F },
		      { 0x300, 0x36F },	  { 0x370, 0x3FF },
		      { 0x400, 0x52F },	  { 0x5D0, 0x5EA },
		      { 0x600, 0x6FF },	  { 0x900, 0x9FF },
		      { 0x1100, 0x11FF }, { 0x1E00, 0x1FFF },
		      { 0x2000, 0x21FF }, { 0x3040, 0x30FF },
		      { 0xAC00, 0xD7A3 }, { 0xFB00, 0xFDFF },
		      { 0xFF00, 0xFFEF }, { 0x1F300, 0x1F6FF } };

	(void)state;
	srand(1);
	for (int i = 0; i < 50000; i++) {
		ucs4_t points[6];
		size_t count = 1 + (size_t)rand() % COUNT_OF(points);

		for (size_t k = 0; k < count; k++) {
			size_t pool = (size_t)rand() % COUNT_OF(pools);
			ucs4_t size = pools[pool].last - pools[pool].first + 1;

			points[k] = pools[pool].first + (ucs4_t)rand() % size;
		}
		check_fold(points, count);
	}
}

/* Each byte of the folded text knows the cluster that it came from. */
static void test_fold_sources(void **state)
{
	static const char text[] = "ae\u0301\u337fx";
	static const uint32_t expected[] = { 0, 1, 4, 4, 4, 4, 4, 4,
					     4, 4, 4, 4, 4, 4, 7, 8 };
	struct buf folded = BUF_INIT, sources = BUF_INIT;

	(void)state;
	assert_true(text_fold(text, strlen(text), &folded, &sources));
	assert_int_equal(folded.length, 15);
	assert_int_equal(sources.length, sizeof(expected));
	assert_memory_equal(sources.data, expected, sizeof(expected));
	buf_release(&folded);
	buf_release(&sources);
}

/* ---- breaks ---- */

/* Our word breaks of ASCII are the library's. */
static void test_ascii_breaks(void **state)
{
	static const char letters[] = "aaabb11 __..''::,,;;\"-\n";
	char text[16], breaks[16];

	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		struct text_words ours = TEXT_WORDS_INIT;
		struct text_words theirs = TEXT_WORDS_INIT;
		struct text_word a, b;
		size_t length = 1 + (size_t)rand() % (sizeof(text) - 1);
		bool more;

		for (size_t k = 0; k < length; k++)
			text[k] = letters[(size_t)rand() % strlen(letters)];
		assert_true(text_words_open(&ours, text, length, false));
		assert_true(text_words_open(&theirs, text, length, false));
		u8_wordbreaks((const uint8_t *)text, length, breaks);
		buf_append(&theirs.breaks, breaks, length);
		do {
			more = text_words_next(&ours, &a);
			assert_true(more == text_words_next(&theirs, &b));
			assert_true(!more || (a.start == b.start &&
					      a.length == b.length &&
					      a.inner == b.inner));
		} while (more);
		text_words_release(&ours);
		text_words_release(&theirs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_fold_each_character),
		cmocka_unit_test(test_fold_mixtures),
		cmocka_unit_test(test_fold_sources),
		cmocka_unit_test(test_ascii_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
