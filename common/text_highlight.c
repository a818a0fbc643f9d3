#include "common/text_highlight.h"

#include <string.h>

#include "common/text.h"
#include "common/text_match.h"
#include "common/text_words.h"

/* Bytes that stand before the first mark of a fragment, about. */
#define CONTEXT_BYTES 60u
#define ELLIPSIS "\xe2\x80\xa6"

/* A word and where it is in the body. */
struct token {
	const char *word; /* folded, in the words' memory */
	size_t length;
	size_t from, to;
	bool marked;
};

struct tokens {
	struct token *all;
	size_t count;
};

struct span {
	size_t from, to;
};

/* ---- marks ---- */

static bool read_tokens(struct text_words *words, struct buf *memory,
			struct tokens *tokens_r)
{
	struct text_word word;

	while (text_words_next(words, &word)) {
		struct token token = { .word = word.text,
				       .length = word.length };

		text_words_source(words, &word, &token.from, &token.to);
		buf_append(memory, &token, sizeof(token));
	}
	tokens_r->all = (void *)memory->data;
	tokens_r->count = memory->length / sizeof(struct token);
	return !memory->failed;
}

/* True when the words of `term` are the tokens from `at` on. */
static bool stands_at(const struct tokens *tokens, size_t at,
		      const struct text_term *term)
{
	const char *word = term->text, *end = term->text + term->length;

	for (; word < end && at < tokens->count; at++) {
		size_t length = text_word_length(word, (size_t)(end - word));

		if (tokens->all[at].length != length ||
		    memcmp(tokens->all[at].word, word, length) != 0)
			return false;
		word += length + 1;
	}
	return word >= end;
}

static void mark_term(struct tokens *tokens, const struct text_term *term)
{
	for (size_t i = 0; i < tokens->count; i++) {
		struct token *token = &tokens->all[i];

		if (term->words == 1) {
			if (text_match_word(term, token->word, token->length) !=
			    TEXT_WORD_NONE)
				token->marked = true;
			continue;
		}
		if (!stands_at(tokens, i, term))
			continue;
		for (size_t k = 0; k < term->words; k++)
			token[k].marked = true;
	}
}

/* ---- the fragment ---- */

/* The marked token from which on most marks fit into one fragment. */
static const struct token *best_start(const struct tokens *tokens)
{
	const struct token *best = NULL;
	size_t most = 0, inside = 0, end = 0;

	for (size_t i = 0; i < tokens->count; i++) {
		const struct token *first = &tokens->all[i];
		size_t limit =
			first->from + TEXT_FRAGMENT_BYTES - CONTEXT_BYTES;

		for (; end < tokens->count && tokens->all[end].to <= limit;
		     end++)
			inside += tokens->all[end].marked;
		if (first->marked && (!best || inside > most)) {
			best = first;
			most = inside;
		}
		if (i < end)
			inside -= first->marked;
		else
			end = i + 1;
	}
	return best;
}

static struct span fragment(const struct tokens *tokens, size_t length)
{
	const struct token *start = best_start(tokens);
	struct span span = { 0, length };
	size_t least;

	if (length <= TEXT_FRAGMENT_BYTES || tokens->count == 0)
		return span;
	if (!start)
		start = tokens->all;
	span.to = start->to;
	least = start->from > CONTEXT_BYTES ? start->from - CONTEXT_BYTES : 0;
	if (least > 0) {
		span.from = start->from;
		while (start > tokens->all && start[-1].from >= least)
			span.from = (--start)->from;
	}
	for (; start < tokens->all + tokens->count; start++)
		if (start->to <= span.from + TEXT_FRAGMENT_BYTES &&
		    start->to > span.to)
			span.to = start->to;
	if (length <= span.from + TEXT_FRAGMENT_BYTES)
		span.to = length;
	return span;
}

/* ---- writing ---- */

static void append_escaped(struct buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		switch (text[i]) {
		case '&':
			buf_append_text(out, "&amp;");
			break;
		case '<':
			buf_append_text(out, "&lt;");
			break;
		case '>':
			buf_append_text(out, "&gt;");
			break;
		case '"':
			buf_append_text(out, "&quot;");
			break;
		case '\'':
			buf_append_text(out, "&#39;");
			break;
		default:
			buf_append_char(out, text[i]);
		}
	}
}

/* The next mark inside `limits` from token *i on. Marks that overlap (inner
 * words) or touch (characters) are one. */
static bool next_mark(const struct tokens *tokens, size_t *i,
		      const struct span *limits, struct span *mark_r)
{
	bool found = false;

	for (; *i < tokens->count; ++*i) {
		const struct token *token = &tokens->all[*i];

		if (found && token->from > mark_r->to)
			break;
		if (!token->marked || token->from < limits->from ||
		    token->to > limits->to)
			continue;
		if (!found)
			*mark_r = (struct span){ token->from, token->to };
		else if (token->to > mark_r->to)
			mark_r->to = token->to;
		found = true;
	}
	return found;
}

static void append_fragment(struct buf *out, const struct tokens *tokens,
			    const char *body, const struct span *limits)
{
	struct span mark = { 0, 0 };
	size_t written = limits->from, i = 0;

	while (next_mark(tokens, &i, limits, &mark)) {
		append_escaped(out, body + written, mark.from - written);
		buf_append_text(out, "<mark>");
		append_escaped(out, body + mark.from, mark.to - mark.from);
		buf_append_text(out, "</mark>");
		written = mark.to;
	}
	append_escaped(out, body + written, limits->to - written);
}

static void append_all(struct buf *out, const struct tokens *tokens,
		       const char *body, size_t length)
{
	struct span span = fragment(tokens, length);

	if (span.from > 0)
		buf_append_text(out, ELLIPSIS);
	append_fragment(out, tokens, body, &span);
	if (span.to < length)
		buf_append_text(out, ELLIPSIS);
}

bool text_highlight(const struct text_query *query, const char *body,
		    size_t length, struct buf *out)
{
	struct text_words words = TEXT_WORDS_INIT;
	struct buf memory = BUF_INIT;
	struct tokens tokens;
	bool done = text_words_open(&words, body, length, true) &&
		    read_tokens(&words, &memory, &tokens);

	if (done) {
		for (size_t i = 0; i < query->count; i++)
			mark_term(&tokens, &query->terms[i]);
		append_all(out, &tokens, body, length);
	}
	buf_release(&memory);
	text_words_release(&words);
	return done && !out->failed;
}
