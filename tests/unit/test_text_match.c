#include "common/text_match.h"

#include <stdbool.h>

#include "common/text_fuzzy.h"
#include "tests/unit/search_rows.h"
#include "tests/unit/unit.h"

/* The score, 0 for a miss. */
static float score(const char *query_text, const char *body, bool fuzzy)
{
	struct text_matcher matcher = TEXT_MATCHER_INIT;
	struct text_query query;
	char *copy = exact_copy(body, strlen(body));
	enum text_verdict verdict;
	float result = 0;

	assert_true(
		text_query_init(&query, query_text, strlen(query_text), fuzzy));
	verdict = text_match(&matcher, &query, copy, strlen(body), &result);
	assert_true(verdict != TEXT_NO_MEMORY);
	assert_true((verdict == TEXT_HIT) == (result > 0));
	text_query_release(&query);
	text_matcher_release(&matcher);
	free(copy);
	return result;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(search_rows); i++) {
		const struct search_row *row = &search_rows[i];

		if ((score(row->query, row->body, row->fuzzy) > 0) != row->hit)
			fail_row(row->name, "should be a %s",
				 row->hit ? "hit" : "miss");
	}
}

/* Each text scores more for the query than the next. */
struct order {
	const char *query;
	bool fuzzy;
	const char *bodies[7];
};

static const struct order orders[] = {
	{ "red car",
	  false,
	  { "my red car", "red and blue and green car",
	    "car, one two three four five six, red", "red cart",
	    "cart in red one", "reddish cart", NULL } },
	{ "hello", true, { "hello", "hellos", "hallo", "halloween", NULL } },
	{ "hello wor", false, { "hello world", "world hello", NULL } },
	{ "\u5317\u4eac \u5929",
	  false,
	  { "\u5317\u4eac\u5929", "\u5929 \u5317\u4eac",
	    "\u5929 a b c d e f g h i j k \u5317\u4eac", NULL } },
};

static void test_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		const struct order *order = &orders[i];

		for (size_t k = 0; order->bodies[k + 1]; k++) {
			float a = score(order->query, order->bodies[k],
					order->fuzzy);
			float b = score(order->query, order->bodies[k + 1],
					order->fuzzy);

			if (!(b > 0 && a >= b))
				fail_row(order->bodies[k], "%g, then %g",
					 (double)a, (double)b);
		}
	}
}

/* A whole word more outweighs phrase and nearness. */
static void test_whole_words_first(void **state)
{
	(void)state;
	assert_true(score("red car", "car 1 2 3 4 5 6 7 8 red", false) >
		    score("red car", "red carts", false));
	assert_true(score("a b c", "c 1 2 3 4 5 6 7 8 b 1 2 3 4 5 6 a", false) >
		    score("a b c", "a b cc", false));
}

struct distance {
	const char *wanted, *word;
	unsigned edits, start_edits;
	enum text_fuzzy result;
};

static const struct distance distances[] = {
	{ "world", "world", 1, 1, TEXT_FUZZY_WORD },
	{ "world", "wrold", 1, 1, TEXT_FUZZY_WORD },
	{ "world", "worl", 1, 1, TEXT_FUZZY_WORD },
	{ "world", "worlds", 1, 1, TEXT_FUZZY_WORD },
	{ "world", "orld", 1, 0, TEXT_FUZZY_WORD },
	{ "world", "wo", 1, 1, TEXT_FUZZY_NONE },
	{ "world", "worldly", 1, 0, TEXT_FUZZY_NONE },
	{ "world", "worldly", 1, 1, TEXT_FUZZY_START },
	{ "world", "wrldwide", 1, 1, TEXT_FUZZY_START },
	{ "world", "xxrld", 1, 1, TEXT_FUZZY_NONE },
	{ "world", "xxrld", 2, 1, TEXT_FUZZY_WORD },
	{ "world", "xxrldxx", 2, 1, TEXT_FUZZY_NONE },
	/* a swap with something between is not one edit */
	{ "ca", "abc", 2, 0, TEXT_FUZZY_NONE },
	{ "ca", "ac", 1, 0, TEXT_FUZZY_WORD },
	{ "abcd", "badc", 2, 0, TEXT_FUZZY_WORD },
	{ "abcd", "", 2, 1, TEXT_FUZZY_NONE },
	{ "\u00e4\u00f6\u00fc\u00df", "\u00e4\u00fc\u00f6\u00df", 1, 0,
	  TEXT_FUZZY_WORD },
};

static void test_distances(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(distances); i++) {
		const struct distance *row = &distances[i];
		enum text_fuzzy result = text_fuzzy_match(
			row->wanted, strlen(row->wanted), row->word,
			strlen(row->word), row->edits, row->start_edits);

		if (result != row->result)
			fail_row(row->word, "%d", (int)result);
	}
}

static void test_terms(void **state)
{
	static const char text[] = "He said \u5317\u4eac caf\u00e9, he SAID";
	struct text_query query;

	(void)state;
	assert_true(text_query_init(&query, text, strlen(text), false));
	assert_int_equal(query.count, 4);
	assert_memory_equal(query.terms[2].text, "\u5317 \u4eac", 7);
	assert_int_equal(query.terms[2].words, 2);
	assert_int_equal(query.near_words, 5);
	assert_memory_equal(query.near, "he said \u5317 \u4eac cafe",
			    query.near_length);
	assert_memory_equal(query.phrase, "he said \u5317 \u4eac cafe he said",
			    query.phrase_length);
	text_query_release(&query);
}

static void test_edits(void **state)
{
	static const char text[] = "cat coat 12345 elephant don't "
				   "antidisestablishmentarianism";
	static const unsigned edits[] = { 0, 1, 0, 2, 1, 2 };
	static const unsigned start_edits[] = { 0, 1, 0, 1, 1, 0 };
	struct text_query query;

	(void)state;
	assert_true(text_query_init(&query, text, strlen(text), true));
	assert_int_equal(query.count, COUNT_OF(edits));
	for (size_t i = 0; i < query.count; i++) {
		assert_int_equal(query.terms[i].edits, edits[i]);
		assert_int_equal(query.terms[i].start_edits, start_edits[i]);
	}
	text_query_release(&query);
}

/* Whatever is typed, only so much of it costs. */
static void test_edits_are_bounded(void **state)
{
	static const char text[] = "aaaaaaaaa bbbbbbbbb ccccccccc ddddd eeeee "
				   "fffff ggggg hhhhh iiiii aaaaaaaaa";
	static const unsigned edits[] = { 2, 2, 2, 1, 1, 1, 1, 1, 0 };
	static const unsigned start_edits[] = { 1, 1, 1, 0, 0, 0, 0, 0, 0 };
	struct text_query query;

	(void)state;
	assert_true(text_query_init(&query, text, strlen(text), true));
	assert_int_equal(query.count, COUNT_OF(edits));
	for (size_t i = 0; i < query.count; i++) {
		assert_int_equal(query.terms[i].edits, edits[i]);
		assert_int_equal(query.terms[i].start_edits, start_edits[i]);
	}
	text_query_release(&query);
}

/* Longer words are cut alike, so their starts still meet. */
static void test_long_words(void **state)
{
	char body[2000], query[400];

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	memset(query, 'x', sizeof(query) - 1);
	body[sizeof(body) - 1] = query[sizeof(query) - 1] = '\0';
	assert_true(score(query, body, false) > 0);
	query[150] = 'y';
	assert_true(score(query, body, false) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_whole_words_first),
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_edits_are_bounded),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
