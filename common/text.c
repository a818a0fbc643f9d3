#include "common/text.h"

#include <string.h>

#include "common/text_words.h"

bool text_index_form(const char *body, size_t length, struct buf *out)
{
	struct text_words words = TEXT_WORDS_INIT;
	struct text_word word;
	bool first = true;
	bool opened = text_words_open(&words, body, length, false);

	while (opened && text_words_next(&words, &word)) {
		if (!first)
			buf_append_char(out, ' ');
		buf_append(out, word.text, word.length);
		first = false;
	}
	text_words_release(&words);
	return opened && !out->failed;
}

size_t text_word_length(const char *form, size_t length)
{
	const char *blank = memchr(form, ' ', length);

	return blank ? (size_t)(blank - form) : length;
}
