#ifndef CONFAB_COMMON_TEXT_WORDS_H
#define CONFAB_COMMON_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/*
 * The words of a text, by the word breaks of UAX 29, of its folded form:
 *
 * - A word has a letter, a digit or an emoji. What else is at its ends (the _
 *   of _this_) does not belong to it.
 * - In writing without blanks between words (Chinese, Japanese, Thai, Lao,
 *   Khmer, Burmese) and in Hangul, each character is a word.
 * - A word with signs inside (l'avion, www.example.com, snake_case) is
 *   followed by its inner words, each to the end of the whole: a search for
 *   what stands behind the sign finds it by its start.
 * - A word over TEXT_WORD_BYTES is cut at a character's end.
 */
#define TEXT_INNER_WORDS 8u /* of one word; signs after these part nothing */

struct text_word {
	const char *text; /* folded; valid until the next open or release */
	size_t length;
	size_t start; /* of `text` in the whole folded text, bytes */
	bool inner;   /* an inner word of the one before */
	bool glued; /* a character that follows one without anything between */
};

struct text_words {
	struct buf folded;
	struct buf sources; /* uint32_t for each folded byte, or empty */
	struct buf breaks;  /* a byte for each folded one; empty: all ASCII */
	size_t segment_end; /* of the UAX 29 segment that `at` is in */
	size_t at;
	size_t character_end; /* of the last word, if it was a character */
	size_t word_end;
	size_t inner[TEXT_INNER_WORDS]; /* starts */
	unsigned inner_count, inner_next;
};

#define TEXT_WORDS_INIT                                                        \
	{                                                                      \
		BUF_INIT, BUF_INIT, BUF_INIT, 0, 0, 0, 0, { 0 }, 0, 0          \
	}

/* Folds the text and stands before its first word. `traced`: keeps what
 * text_words_source() needs. May be called again for another text. False when
 * memory ran out. */
bool text_words_open(struct text_words *words, const char *text, size_t length,
		     bool traced) __attribute__((warn_unused_result));
void text_words_release(struct text_words *words);
/* False when there are no more. */
bool text_words_next(struct text_words *words, struct text_word *word_r);
/* Where the word stands in the text that was opened, traced. */
void text_words_source(const struct text_words *words,
		       const struct text_word *word, size_t *from_r,
		       size_t *to_r);

#endif
