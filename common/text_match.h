#ifndef CONFAB_COMMON_TEXT_MATCH_H
#define CONFAB_COMMON_TEXT_MATCH_H

#include <stddef.h>

#include "common/buf.h"
#include "common/text_query.h"

/*
 * Whether a text matches a query, and how well: the same rule as in the
 * request that api/search_query.c writes for the engine, so that both modes
 * give the same hits, scores and order. A score is a sum of these, exact in a
 * float. A whole word weighs as much as both bonuses, and one of them wants
 * whole words, so that a text with more whole words always ranks higher.
 */
#define TEXT_SCORE_START 1.0f	    /* a term is there, as a word's start */
#define TEXT_SCORE_FUZZY 0.75f	    /* else: a whole word within its edits */
#define TEXT_SCORE_FUZZY_START 0.5f /* else: a word's start within them */
#define TEXT_SCORE_WHOLE 2.0f	    /* more: it is there as whole words */
#define TEXT_SCORE_PHRASE 1.0f	    /* more: the whole query, word for word */
#define TEXT_SCORE_NEAR 1.0f	    /* more: all words, whole, close together */

enum text_word_match {
	TEXT_WORD_NONE,
	TEXT_WORD_FUZZY_START,
	TEXT_WORD_FUZZY,
	TEXT_WORD_START,
	TEXT_WORD_WHOLE
};

/* How a folded word matches a term of one word. */
enum text_word_match text_match_word(const struct text_term *term,
				     const char *word, size_t length);

enum text_verdict { TEXT_MISS, TEXT_HIT, TEXT_NO_MEMORY };

/* Memory that is used again from one text to the next. */
struct text_matcher {
	struct buf form;
	struct buf places;
};

#define TEXT_MATCHER_INIT                                                      \
	{                                                                      \
		BUF_INIT, BUF_INIT                                             \
	}

void text_matcher_release(struct text_matcher *matcher);
/* A query without a term matches nothing. Sets *score_r for a hit. */
enum text_verdict text_match(struct text_matcher *matcher,
			     const struct text_query *query, const char *body,
			     size_t length, float *score_r)
	__attribute__((warn_unused_result));

#endif
