#include "api/search_pattern.h"

/*
 * For the letters abc...: (a(b(...)|(.b?)?c...|cb...)|(.a?)?bc...|bac...).*
 * Each level takes its letter as it is and leaves the edit to the rest, or
 * has the edit here: one letter replaced, added or left out, or swapped with
 * the next.
 */

static size_t letter_length(const char *at)
{
	unsigned char first = (unsigned char)*at;

	return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

static void append_letters(struct buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!is_plain(text[i]))
			buf_append_char(out, '\\');
		buf_append_char(out, text[i]);
	}
}

static void append_edits(struct buf *out, const char *word, size_t length)
{
	size_t one = letter_length(word), two = one;

	buf_append_text(out, "|(.");
	append_letters(out, word, one);
	buf_append_text(out, "?)?");
	append_letters(out, word + one, length - one);
	if (length > one) {
		two += letter_length(word + one);
		buf_append_char(out, '|');
		append_letters(out, word + one, two - one);
		append_letters(out, word, one);
		append_letters(out, word + two, length - two);
	}
}

void search_pattern_append(const char *word, size_t length, struct buf *out)
{
	size_t depth = 0;

	for (size_t at = 0; at < length; at += letter_length(word + at)) {
		buf_append_char(out, '(');
		append_letters(out, word + at, letter_length(word + at));
		depth++;
	}
	/* inside out */
	for (size_t at = length; depth > 0; depth--) {
		do
			at--;
		while (((unsigned char)word[at] & 0xC0) == 0x80);
		append_edits(out, word + at, length - at);
		buf_append_char(out, ')');
	}
	buf_append_text(out, ".*");
}
