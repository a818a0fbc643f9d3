#ifndef CONFAB_COMMON_TEXT_FUZZY_H
#define CONFAB_COMMON_TEXT_FUZZY_H

#include <stddef.h>

#define TEXT_EDITS_MAX 2u

enum text_fuzzy { TEXT_FUZZY_NONE, TEXT_FUZZY_START, TEXT_FUZZY_WORD };

/*
 * Whether `word` is within `edits` of `wanted`, or some start of it within
 * `start_edits` (both at most TEXT_EDITS_MAX). An edit is a letter added, left
 * out or replaced, or two neighbours swapped (optimal string alignment, as in
 * Lucene's automata). Both are valid UTF-8 of at most TEXT_WORD_BYTES.
 */
enum text_fuzzy text_fuzzy_match(const char *wanted, size_t wanted_length,
				 const char *word, size_t length,
				 unsigned edits, unsigned start_edits);

#endif
