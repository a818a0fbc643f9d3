#ifndef CONFAB_COMMON_TEXT_HIGHLIGHT_H
#define CONFAB_COMMON_TEXT_HIGHLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/text_query.h"

/* Bytes of a body that a fragment shows, about; longer bodies are shown from
 * a word's start to a word's end, with an ellipsis where something is left
 * out. */
#define TEXT_FRAGMENT_BYTES 240u

/*
 * Appends the part of `body` with most of the query's words, each in <mark>,
 * everything else escaped: safe as the content of an HTML element or of a
 * quoted attribute. A body without a match gives its beginning. `body` is
 * valid UTF-8. False when memory ran out.
 */
bool text_highlight(const struct text_query *query, const char *body,
		    size_t length, struct buf *out)
	__attribute__((warn_unused_result));

#endif
