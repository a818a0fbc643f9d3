#ifndef CONFAB_COMMON_TEXT_H
#define CONFAB_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/*
 * Text as search sees it. Both search modes, the index and SQL, use this one
 * form, so that they give the same hits: words are folded (text_fold.h),
 * found (text_words.h) and written one after another with single blanks
 * between them.
 */

/* Bytes of a folded word; longer ones are cut, in texts and queries alike. */
#define TEXT_WORD_BYTES 200u

/* The engine indexes the starts of words up to so many letters (the mapping's
 * index_prefixes). */
#define TEXT_START_LETTERS 10u

/*
 * Appends the index form of `body` to `out`: "See www.Café.fr!" gives
 * "see www.cafe.fr cafe.fr fr". Bytes that are not UTF-8 end words like
 * punctuation. False when memory ran out; `out` is then to be thrown away.
 */
bool text_index_form(const char *body, size_t length, struct buf *out)
	__attribute__((warn_unused_result));
/* Bytes of the first word of a text in index form. */
size_t text_word_length(const char *form, size_t length);

#endif
