#include "common/text_query.h"

#include <string.h>

#include "common/text.h"
#include "common/text_quotes.h"
#include "common/text_words.h"
#include "common/utf8.h"

/* Words of more letters than this forgive nothing: nobody types them. */
#define FUZZY_LETTERS_MAX 64u

enum storage { STORAGE_TERMS, STORAGE_TEXTS, STORAGE_NEAR };

/* A term while its text may still move: an offset into STORAGE_TEXTS. */
struct draft {
	size_t start, length, words;
	bool whole;
};

static size_t draft_count(const struct buf *drafts)
{
	return drafts->length / sizeof(struct draft);
}

static struct draft *draft_at(const struct buf *drafts, size_t i)
{
	return (struct draft *)(void *)drafts->data + i;
}

static void append_word(struct buf *drafts, struct buf *texts,
			const struct text_word *word)
{
	struct draft draft = { texts->length, word->length, 1, false };
	struct draft *last;

	if (word->glued && !drafts->failed) {
		last = draft_at(drafts, draft_count(drafts) - 1);
		last->length += 1 + word->length;
		last->words++;
	} else {
		buf_append(drafts, &draft, sizeof(draft));
	}
	buf_append(texts, word->text, word->length);
	buf_append_char(texts, ' ');
}

static bool read_words(const struct text_piece *piece, struct buf *drafts,
		       struct buf *texts)
{
	struct text_words words = TEXT_WORDS_INIT;
	struct text_word word;
	bool opened =
		text_words_open(&words, piece->text, piece->length, false);

	while (opened && text_words_next(&words, &word))
		if (!word.inner)
			append_word(drafts, texts, &word);
	text_words_release(&words);
	return opened;
}

static size_t count_words(const char *form, size_t length)
{
	size_t words = 1;

	for (size_t i = 0; i < length; i++)
		words += form[i] == ' ';
	return words;
}

/* A phrase has the inner words too, as the text that has it does. */
static bool read_phrase(const struct text_piece *piece, struct buf *drafts,
			struct buf *texts)
{
	struct draft draft = { .start = texts->length, .whole = true };

	if (!text_index_form(piece->text, piece->length, texts))
		return false;
	draft.length = texts->length - draft.start;
	if (draft.length == 0)
		return true;
	draft.words = count_words(texts->data + draft.start, draft.length);
	buf_append(drafts, &draft, sizeof(draft));
	buf_append_char(texts, ' ');
	return true;
}

static bool read_pieces(const char *text, size_t length, struct buf *drafts,
			struct buf *texts)
{
	struct text_piece piece;
	bool read = true;

	buf_append_char(texts, ' ');
	for (size_t at = 0;
	     read && text_quotes_next(text, length, &at, &piece);)
		read = piece.quoted ? read_phrase(&piece, drafts, texts)
				    : read_words(&piece, drafts, texts);
	return read && !drafts->failed && !texts->failed;
}

static bool is_number(const struct text_term *term)
{
	for (size_t i = 0; i < term->length; i++)
		if ((unsigned char)term->text[i] >= 'a')
			return false;
	return true;
}

static bool has_rare_letters(const struct text_term *term)
{
	for (size_t i = 0; i < term->length; i++)
		if ((unsigned char)term->text[i] >= 0xF0)
			return true;
	return false;
}

/* What a query may still spend on errors. */
struct budget {
	size_t words, start_letters;
};

static void set_edits(struct text_term *term, struct budget *budget)
{
	size_t letters = utf8_count(term->text, term->length);

	if (term->words > 1 || term->whole || letters < 4 ||
	    letters > FUZZY_LETTERS_MAX || is_number(term) ||
	    budget->words == 0)
		return;
	budget->words--;
	term->edits = letters < 8 ? 1 : 2;
	/* those outside the BMP count twice in the engine's limit */
	if (letters > TEXT_FUZZY_START_LETTERS ||
	    letters > budget->start_letters || has_rare_letters(term))
		return;
	budget->start_letters -= letters;
	term->start_edits = 1;
}

static bool has_term(const struct text_query *query,
		     const struct text_term *term)
{
	for (size_t i = 0; i < query->count; i++)
		if (query->terms[i].length == term->length &&
		    query->terms[i].whole == term->whole &&
		    memcmp(query->terms[i].text, term->text, term->length) == 0)
			return true;
	return false;
}

/* Turns the drafts into terms, without those that were there before. */
static bool make_terms(struct text_query *query, const struct buf *drafts,
		       bool fuzzy)
{
	size_t count = draft_count(drafts);
	struct budget budget = { TEXT_FUZZY_WORDS, TEXT_FUZZY_START_BUDGET };

	if (count == 0)
		return true;
	query->terms = (void *)buf_reserve(&query->storage[STORAGE_TERMS],
					   count * sizeof(*query->terms));
	if (!query->terms)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct draft *draft = draft_at(drafts, i);

		struct text_term term = {
			.text = query->storage[STORAGE_TEXTS].data +
				draft->start,
			.length = draft->length,
			.words = draft->words,
			.whole = draft->whole,
		};

		if (has_term(query, &term))
			continue;
		if (fuzzy)
			set_edits(&term, &budget);
		query->terms[query->count++] = term;
	}
	return true;
}

/* Appends the words of `term` that `near`, blanks around each, lacks. */
static void append_near(struct text_query *query, const struct text_term *term)
{
	struct buf *near = &query->storage[STORAGE_NEAR];
	size_t at = 0;

	while (at < term->length && !near->failed) {
		const char *word = term->text + at;
		size_t length = text_word_length(word, term->length - at);

		if (!memmem(near->data, near->length, word - 1, length + 2)) {
			buf_append(near, word, length + 1);
			query->near_words++;
		}
		at += length + 1;
	}
}

static bool make_near(struct text_query *query)
{
	struct buf *near = &query->storage[STORAGE_NEAR];

	buf_append_char(near, ' ');
	for (size_t i = 0; i < query->count; i++)
		append_near(query, &query->terms[i]);
	if (near->failed)
		return false;
	if (query->near_words >= 2 && query->near_words <= TEXT_NEAR_WORDS) {
		query->near = near->data + 1;
		query->near_length = near->length - 2;
	}
	return true;
}

static bool starts_only(const char *word, size_t length)
{
	return utf8_count(word, length) <= TEXT_START_LETTERS;
}

/* The phrase lies behind the terms' texts: it is appended before pointers to
 * those are taken. */
static bool append_phrase(struct text_query *query, const char *text,
			  size_t length)
{
	struct buf *texts = &query->storage[STORAGE_TEXTS];
	size_t start = texts->length;
	const char *last;

	if (!text_index_form(text, length, texts))
		return false;
	buf_append_char(texts, ' ');
	if (texts->failed || texts->length == start + 1)
		return !texts->failed;
	query->phrase = texts->data + start;
	query->phrase_length = texts->length - 1 - start;
	/* there is a blank before the phrase at the latest */
	last = memrchr(texts->data, ' ', texts->length - 1);
	query->phrase_open = starts_only(
		last + 1, (size_t)(texts->data + texts->length - 2 - last));
	return true;
}

bool text_query_init(struct text_query *query, const char *text, size_t length,
		     bool fuzzy)
{
	struct buf drafts = BUF_INIT;
	bool made;

	*query = (struct text_query){ 0 };
	made = read_pieces(text, length, &drafts,
			   &query->storage[STORAGE_TEXTS]) &&
	       append_phrase(query, text, length) &&
	       make_terms(query, &drafts, fuzzy);
	if (made && query->count > 1)
		made = make_near(query);
	else
		query->phrase = NULL;
	buf_release(&drafts);
	return made;
}

void text_query_release(struct text_query *query)
{
	for (size_t i = 0;
	     i < sizeof(query->storage) / sizeof(query->storage[0]); i++)
		buf_release(&query->storage[i]);
	*query = (struct text_query){ 0 };
}
