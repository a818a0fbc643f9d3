#include "common/text_match.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "common/text_fuzzy.h"

void text_matcher_release(struct text_matcher *matcher)
{
	buf_release(&matcher->form);
	buf_release(&matcher->places);
}

enum text_word_match text_match_word(const struct text_term *term,
				     const char *word, size_t length)
{
	if (length >= term->length &&
	    memcmp(word, term->text, term->length) == 0) {
		if (length == term->length)
			return TEXT_WORD_WHOLE;
		return term->whole ? TEXT_WORD_NONE : TEXT_WORD_START;
	}
	if (!term->edits)
		return TEXT_WORD_NONE;
	switch (text_fuzzy_match(term->text, term->length, word, length,
				 term->edits, term->start_edits)) {
	case TEXT_FUZZY_WORD:
		return TEXT_WORD_FUZZY;
	case TEXT_FUZZY_START:
		return TEXT_WORD_FUZZY_START;
	default:
		return TEXT_WORD_NONE;
	}
}

/* ---- terms ---- */

/* True when the form has the words; `open`: the last one may go on. */
static bool has_words(const struct buf *form, const char *words, size_t length,
		      bool open)
{
	/* with the blanks around */
	return memmem(form->data, form->length, words - 1,
		      length + (open ? 1 : 2)) != NULL;
}

static float score_fuzzy(const struct buf *form, const struct text_term *term)
{
	float best = 0;
	size_t at = 1;

	while (at < form->length) {
		const char *word = form->data + at;
		size_t length = text_word_length(word, form->length - at);
		enum text_word_match match =
			text_match_word(term, word, length);

		if (match == TEXT_WORD_FUZZY)
			return TEXT_SCORE_FUZZY;
		if (match == TEXT_WORD_FUZZY_START)
			best = TEXT_SCORE_FUZZY_START;
		at += length + 1;
	}
	return best;
}

/* 0 when the term is not there. */
static float score_term(const struct buf *form, const struct text_term *term)
{
	if (has_words(form, term->text, term->length, false))
		return TEXT_SCORE_START + TEXT_SCORE_WHOLE;
	if (term->words == 1 && !term->whole &&
	    has_words(form, term->text, term->length, true))
		return TEXT_SCORE_START;
	return term->edits ? score_fuzzy(form, term) : 0;
}

/* ---- nearness ---- */

/* A query word in the text: how far it stands from where it would be if the
 * query's words began at the text's first word. */
struct place {
	long shift;
	size_t word;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return (a->shift > b->shift) - (a->shift < b->shift);
}

static void append_places(struct text_matcher *matcher,
			  const struct text_query *query, const char *word,
			  size_t length, long position)
{
	size_t at = 0;

	for (size_t i = 0; i < query->near_words; i++) {
		const char *near = query->near + at;
		size_t step = text_word_length(near, query->near_length - at);

		if (step == length && memcmp(near, word, length) == 0) {
			struct place place = { position - (long)i, i };

			buf_append(&matcher->places, &place, sizeof(place));
			return;
		}
		at += step + 1;
	}
}

static void find_places(struct text_matcher *matcher,
			const struct text_query *query)
{
	const struct buf *form = &matcher->form;
	size_t at = 1;
	long position = 0;

	buf_clear(&matcher->places);
	while (at < form->length) {
		const char *word = form->data + at;
		size_t length = text_word_length(word, form->length - at);

		append_places(matcher, query, word, length, position++);
		at += length + 1;
	}
}

/* True when places of all the words lie within `slop` shifts. */
static bool within(const struct place *places, size_t count, size_t words,
		   long slop)
{
	size_t seen[TEXT_NEAR_WORDS] = { 0 };
	size_t different = 0, first = 0;

	for (size_t last = 0; last < count; last++) {
		different += seen[places[last].word]++ == 0;
		while (places[last].shift - places[first].shift > slop)
			different -= --seen[places[first++].word] == 0;
		if (different == words)
			return true;
	}
	return false;
}

/* As Lucene's sloppy phrase: the words may be moved by `slop` in all. */
static bool is_near(struct text_matcher *matcher,
		    const struct text_query *query)
{
	struct place *places;
	size_t count;

	find_places(matcher, query);
	places = (void *)matcher->places.data;
	count = matcher->places.length / sizeof(*places);
	if (matcher->places.failed || count < query->near_words)
		return false;
	qsort(places, count, sizeof(*places), compare_places);
	return within(places, count, query->near_words,
		      (long)TEXT_NEAR_SLOP(query->near_words));
}

/* ---- texts ---- */

static bool make_form(struct buf *form, const char *body, size_t length)
{
	buf_clear(form);
	buf_append_char(form, ' ');
	if (!text_index_form(body, length, form))
		return false;
	buf_append_char(form, ' ');
	return !form->failed;
}

static float score_bonus(struct text_matcher *matcher,
			 const struct text_query *query)
{
	float score = 0;

	if (query->phrase &&
	    has_words(&matcher->form, query->phrase, query->phrase_length,
		      query->phrase_open))
		score += TEXT_SCORE_PHRASE;
	if (query->near && is_near(matcher, query))
		score += TEXT_SCORE_NEAR;
	return score;
}

enum text_verdict text_match(struct text_matcher *matcher,
			     const struct text_query *query, const char *body,
			     size_t length, float *score_r)
{
	float score = 0;

	if (!make_form(&matcher->form, body, length))
		return TEXT_NO_MEMORY;
	for (size_t i = 0; i < query->count; i++) {
		float term = score_term(&matcher->form, &query->terms[i]);

		if (term <= 0)
			return TEXT_MISS;
		score += term;
	}
	score += score_bonus(matcher, query);
	if (matcher->places.failed)
		return TEXT_NO_MEMORY;
	*score_r = score;
	return query->count > 0 ? TEXT_HIT : TEXT_MISS;
}
