#ifndef CONFAB_COMMON_TEXT_QUOTES_H
#define CONFAB_COMMON_TEXT_QUOTES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The one operator that searches have: "between quotes". The typographic quotes
 * that telephones make of it count as the same sign, any two of them are a
 * pair, and the last of an odd number is text. Between two Hebrew letters the
 * sign is part of an abbreviation.
 */
struct text_piece {
	const char *text;
	size_t length;
	bool quoted; /* was between quotes, which are left out */
};

/* The piece of valid UTF-8 that begins at *at; moves *at behind it. False at
 * the end. */
bool text_quotes_next(const char *text, size_t length, size_t *at,
		      struct text_piece *piece_r);

#endif
