#ifndef CONFAB_API_SEARCH_PATTERN_H
#define CONFAB_API_SEARCH_PATTERN_H

#include <stddef.h>

#include "common/buf.h"

/* The engine refuses patterns of more characters (index.max_regex_length). */
#define SEARCH_PATTERN_MAX 1000u

/*
 * Appends a regular expression in Lucene's syntax that matches the words with
 * a start within one edit of `word`. It stays below SEARCH_PATTERN_MAX for
 * words of TEXT_FUZZY_START_LETTERS.
 */
void search_pattern_append(const char *word, size_t length, struct buf *out);

#endif
