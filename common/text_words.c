#include "common/text_words.h"

#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwbrk.h>

#include "common/text.h"
#include "common/text_fold.h"

/* ---- segments ---- */

/* Word_Break properties of ASCII, UAX 29 table 3. */
enum ascii_class {
	ASCII_OTHER,
	ASCII_LETTER,
	ASCII_DIGIT,
	ASCII_EXTEND,	 /* between, before and behind letters and digits */
	ASCII_MID,	 /* between two letters or two digits */
	ASCII_MIDLETTER, /* between two letters */
	ASCII_MIDDIGIT	 /* between two digits */
};

static const uint8_t ascii_classes[128] = {
	['a' ... 'z'] = ASCII_LETTER, ['0' ... '9'] = ASCII_DIGIT,
	['_'] = ASCII_EXTEND,	      ['.'] = ASCII_MID,
	['\''] = ASCII_MID,	      [':'] = ASCII_MIDLETTER,
	[','] = ASCII_MIDDIGIT,	      [';'] = ASCII_MIDDIGIT,
};

static enum ascii_class ascii_class(const struct buf *text, size_t at)
{
	return at < text->length ? ascii_classes[(uint8_t)text->data[at]]
				 : ASCII_OTHER;
}

/* WB6, WB7, WB11 and WB12 for the sign at `at` > 0. */
static bool ascii_sign_holds(const struct buf *text, size_t at)
{
	enum ascii_class sign = ascii_class(text, at);
	enum ascii_class before = ascii_class(text, at - 1);

	if (sign < ASCII_MID || before != ascii_class(text, at + 1))
		return false;
	return (before == ASCII_LETTER && sign != ASCII_MIDDIGIT) ||
	       (before == ASCII_DIGIT && sign != ASCII_MIDLETTER);
}

static bool ascii_continues(const struct buf *text, size_t at)
{
	enum ascii_class class = ascii_class(text, at);

	return (class >= ASCII_LETTER && class <= ASCII_EXTEND) ||
	       ascii_sign_holds(text, at);
}

static void next_ascii_segment(struct text_words *words)
{
	const struct buf *text = &words->folded;
	size_t at = words->segment_end;
	enum ascii_class class = ascii_class(text, at);

	while (at < text->length && class != ASCII_LETTER &&
	       class != ASCII_DIGIT && class != ASCII_EXTEND)
		class = ascii_class(text, ++at);
	words->at = at;
	while (at < text->length &&
	       (at == words->at || ascii_continues(text, at)))
		at++;
	words->segment_end = at;
}

/* Moves to the next segment; false at the end of the text. */
static bool next_segment(struct text_words *words)
{
	size_t end = words->segment_end;

	if (!words->breaks.length) {
		next_ascii_segment(words);
		return words->at < words->segment_end;
	}
	words->at = end;
	if (end == words->folded.length)
		return false;
	do
		end++;
	while (end < words->folded.length && !words->breaks.data[end]);
	words->segment_end = end;
	return true;
}

/* ---- words inside a segment ---- */

enum kind {
	KIND_SIGN,     /* belongs to no word by itself */
	KIND_WORD,     /* makes a word */
	KIND_MARK,     /* belongs to a word that has begun */
	KIND_CHARACTER /* is a word of its own */
};

struct range {
	ucs4_t first, last;
};

/* Blocks whose letters, marks and digits are words of their own. */
static const struct range character_blocks[] = {
	{ 0x0E00, 0x0EFF },   /* Thai, Lao */
	{ 0x1000, 0x109F },   /* Burmese */
	{ 0x1780, 0x17FF },   /* Khmer */
	{ 0x2E80, 0x2FDF },   /* radicals */
	{ 0x3005, 0x3007 },   /* ideographic iteration, closing, zero */
	{ 0x3021, 0x30FF },   /* numerals, kana */
	{ 0x31F0, 0x31FF },   /* small katakana */
	{ 0x3400, 0x4DBF },   /* ideographs, extension A */
	{ 0x4E00, 0x9FFF },   /* ideographs */
	{ 0xAC00, 0xD7A3 },   /* Hangul syllables */
	{ 0xF900, 0xFAFF },   /* compatibility ideographs */
	{ 0x1B000, 0x1B16F }, /* further kana */
	{ 0x20000, 0x3FFFF }, /* further ideographs */
};

static bool in_character_block(ucs4_t point)
{
	size_t n = sizeof(character_blocks) / sizeof(character_blocks[0]);

	for (size_t i = 0; i < n && point >= character_blocks[i].first; i++)
		if (point <= character_blocks[i].last)
			return true;
	return false;
}

static bool is_emoji(ucs4_t point)
{
	/* regional indicators: two of them are a flag */
	return (point >= 0x1F1E6 && point <= 0x1F1FF) ||
	       uc_is_property_extended_pictographic(point);
}

static enum kind kind_of(ucs4_t point)
{
	bool mark = uc_is_general_category(point, UC_CATEGORY_M) ||
		    uc_is_property_emoji_modifier(point);

	if (!mark && !uc_is_general_category(point, UC_CATEGORY_L) &&
	    !uc_is_general_category(point, UC_CATEGORY_N))
		return is_emoji(point) ? KIND_WORD : KIND_SIGN;
	if (in_character_block(point))
		return KIND_CHARACTER;
	return mark ? KIND_MARK : KIND_WORD;
}

/* The kind of the character at `at`, and its end. */
static enum kind look_at(const struct text_words *words, size_t at,
			 size_t *end_r)
{
	const uint8_t *text = (const uint8_t *)words->folded.data;
	ucs4_t point;

	if (text[at] < 0x80) {
		enum ascii_class class = ascii_classes[text[at]];

		*end_r = at + 1;
		return class == ASCII_LETTER || class == ASCII_DIGIT
			       ? KIND_WORD
			       : KIND_SIGN;
	}
	*end_r = at + (size_t)u8_mbtouc(&point, text + at,
					words->folded.length - at);
	return kind_of(point);
}

/* Walks the word at `at`; notes its end and where its inner words start. */
static void walk_word(struct text_words *words)
{
	enum kind kind, before = KIND_WORD;
	size_t at = words->at, end;

	words->inner_count = words->inner_next = 0;
	while (at < words->segment_end) {
		kind = look_at(words, at, &end);
		if (kind == KIND_CHARACTER)
			break;
		if (kind == KIND_WORD && before == KIND_SIGN &&
		    words->inner_count < TEXT_INNER_WORDS)
			words->inner[words->inner_count++] = at;
		if (kind != KIND_SIGN)
			words->word_end = end;
		before = kind;
		at = end;
	}
	words->at = at;
}

static void hand_out(const struct text_words *words, size_t start, size_t end,
		     struct text_word *word_r)
{
	const char *text = words->folded.data + start;
	size_t length = end - start;

	if (length > TEXT_WORD_BYTES) {
		length = TEXT_WORD_BYTES;
		while (((uint8_t)text[length] & 0xC0) == 0x80)
			length--;
	}
	*word_r = (struct text_word){ .text = text,
				      .length = length,
				      .start = start };
}

/* The next word of the segment, if it has one left. */
static bool next_in_segment(struct text_words *words, struct text_word *word_r)
{
	while (words->at < words->segment_end) {
		size_t start = words->at, end;
		enum kind kind = look_at(words, start, &end);

		if (kind == KIND_CHARACTER) {
			hand_out(words, start, end, word_r);
			word_r->glued =
				start > 0 && words->character_end == start;
			words->at = words->character_end = end;
			return true;
		}
		if (kind == KIND_WORD) {
			walk_word(words);
			hand_out(words, start, words->word_end, word_r);
			return true;
		}
		words->at = end;
	}
	return false;
}

bool text_words_next(struct text_words *words, struct text_word *word_r)
{
	if (words->inner_next < words->inner_count) {
		hand_out(words, words->inner[words->inner_next++],
			 words->word_end, word_r);
		word_r->inner = true;
		return true;
	}
	while (!next_in_segment(words, word_r))
		if (!next_segment(words))
			return false;
	return true;
}

/* ---- texts ---- */

static bool is_ascii(const struct buf *text)
{
	uint8_t all = 0;

	for (size_t i = 0; i < text->length; i++)
		all |= (uint8_t)text->data[i];
	return all < 0x80;
}

static bool find_breaks(struct text_words *words)
{
	size_t length = words->folded.length;
	char *breaks;

	buf_clear(&words->breaks);
	if (is_ascii(&words->folded))
		return true;
	breaks = buf_reserve(&words->breaks, length);
	if (!breaks)
		return false;
	u8_wordbreaks((const uint8_t *)words->folded.data, length, breaks);
	words->breaks.length = length;
	return true;
}

bool text_words_open(struct text_words *words, const char *text, size_t length,
		     bool traced)
{
	buf_clear(&words->folded);
	buf_clear(&words->sources);
	words->segment_end = words->at = 0;
	words->character_end = words->word_end = 0;
	words->inner_count = words->inner_next = 0;
	return text_fold(text, length, &words->folded,
			 traced ? &words->sources : NULL) &&
	       find_breaks(words);
}

void text_words_release(struct text_words *words)
{
	buf_release(&words->folded);
	buf_release(&words->sources);
	buf_release(&words->breaks);
}

static size_t source(const struct text_words *words, size_t at)
{
	uint32_t offset;

	memcpy(&offset, words->sources.data + at * sizeof(offset),
	       sizeof(offset));
	return offset;
}

void text_words_source(const struct text_words *words,
		       const struct text_word *word, size_t *from_r,
		       size_t *to_r)
{
	size_t end = word->start + word->length;
	size_t last = source(words, end - 1);

	/* the end of the cluster that the word's last byte came from */
	while (source(words, end) == last)
		end++;
	*from_r = source(words, word->start);
	*to_r = source(words, end);
}
