#include "common/text_quotes.h"

#include <string.h>

/* " and U+201C, U+201D, U+201E, U+201F, U+00AB, U+00BB */
static const char *const signs[] = {
	"\"",		"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e",
	"\xe2\x80\x9f", "\xc2\xab",	"\xc2\xbb",
};

static bool is_hebrew(const char *text, size_t length, size_t at)
{
	unsigned char lead = at < length ? (unsigned char)text[at] : 0;

	return lead == 0xD6 || lead == 0xD7;
}

static bool is_inside_a_word(const char *text, size_t length, size_t at)
{
	return at >= 2 && is_hebrew(text, length, at - 2) &&
	       is_hebrew(text, length, at + 1);
}

/* Bytes of the quote at `at`; 0: there is none. */
static size_t quote_length(const char *text, size_t length, size_t at)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t bytes = strlen(signs[i]);

		if (bytes > length - at ||
		    memcmp(text + at, signs[i], bytes) != 0)
			continue;
		return bytes == 1 && is_inside_a_word(text, length, at) ? 0
									: bytes;
	}
	return 0;
}

/* The first quote from `at` on, `length` when there is none. */
static size_t find_quote(const char *text, size_t length, size_t at)
{
	while (at < length && quote_length(text, length, at) == 0)
		at++;
	return at;
}

/* The pair that begins at or behind `at`. */
static bool find_pair(const char *text, size_t length, size_t at,
		      size_t *opening_r, size_t *closing_r)
{
	size_t opening = find_quote(text, length, at), closing;

	if (opening == length)
		return false;
	closing = find_quote(text, length,
			     opening + quote_length(text, length, opening));
	if (closing == length)
		return false;
	*opening_r = opening;
	*closing_r = closing;
	return true;
}

bool text_quotes_next(const char *text, size_t length, size_t *at,
		      struct text_piece *piece_r)
{
	size_t start = *at, opening = length, closing = length;
	bool pair = find_pair(text, length, start, &opening, &closing);

	if (start >= length)
		return false;
	if (!pair || opening > start) {
		*piece_r = (struct text_piece){ text + start, opening - start,
						false };
		*at = opening;
		return true;
	}
	start += quote_length(text, length, opening);
	*piece_r = (struct text_piece){ text + start, closing - start, true };
	*at = closing + quote_length(text, length, closing);
	return true;
}
