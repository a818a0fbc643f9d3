#ifndef CONFAB_COMMON_TEXT_QUERY_H
#define CONFAB_COMMON_TEXT_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/*
 * A search text, compiled: folded words and "phrases". There are no other
 * operators: *, AND, ( and \ are text like any other.
 *
 * A query is a set of terms, each of which a hit must have, in any order. A
 * term of one word is there when some word of the text starts with it. A term
 * of several words is there when they stand side by side, whole; a run of
 * Chinese, Japanese, Thai or Korean characters is such a term, and so is what
 * stands between quotes. A single quoted word is there as a whole word only.
 */
struct text_term {
	const char *text; /* words with single blanks between */
	size_t length;
	size_t words;
	bool whole; /* quoted */
	/* Fuzzy: it is there too when a word is within `edits` (0 to 2) of it,
	 * or a word's start within `start_edits` (0 or 1). */
	unsigned edits, start_edits;
};

/*
 * What a fuzzy search costs an engine grows with its words, and most of all
 * with those whose starts may have an error: it looks for them by patterns. So
 * that no query shuts the engine for everybody, only the first words forgive,
 * and starts as long as they come to so many letters.
 */
#define TEXT_FUZZY_WORDS 8u
#define TEXT_FUZZY_START_LETTERS 14u /* of one word */
#define TEXT_FUZZY_START_BUDGET 28u  /* of all */

/* Words that nearness is looked at for; longer queries go without. */
#define TEXT_NEAR_WORDS 32u
/* How far, summed up, n words may be from where the query has them and still
 * count as near. */
#define TEXT_NEAR_SLOP(n) ((n) + 2u)

/* Each text in it has a blank before and behind, which is not counted. */
struct text_query {
	struct text_term *terms; /* all different */
	size_t count;		 /* 0: the text had no word */
	/* The index form of the whole text; its bonus is for texts that have
	 * it word for word. NULL with less than two terms. */
	const char *phrase;
	size_t phrase_length;
	bool phrase_open; /* its last word may be the start of one */
	/* The different words of all terms, side by side; NULL with less than
	 * two terms or more than TEXT_NEAR_WORDS words. */
	const char *near;
	size_t near_length;
	size_t near_words;
	struct buf storage[3]; /* what the pointers point into */
};

/* Compiles valid UTF-8. `fuzzy`: words of 4 to 7 letters forgive one edit,
 * longer ones two, and the start of a longer word one (numbers none), within
 * the bounds above. Two edits in a start would let almost any word through.
 * False when memory ran out; release it all the same. */
bool text_query_init(struct text_query *query, const char *text, size_t length,
		     bool fuzzy) __attribute__((warn_unused_result));
void text_query_release(struct text_query *query);

#endif
