#ifndef CONFAB_API_FRAMING_H
#define CONFAB_API_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where one request ends and the next begins must never be in doubt: a proxy
 * that reads it another way than we do could be made to pass a hidden second
 * request (RFC 9112, 11.2). libmicrohttpd's parser is lax: it takes bare LF
 * for CRLF, joins folded lines, ends its strings at a NUL and the whole head
 * at a line that begins with a colon. It splits the head in place, though, so
 * a head of plain lines shows in where its strings lie: each begins right
 * behind the end of the one before.
 */
struct framing {
	const char *head; /* its first byte */
	const char *next; /* where the next line must begin */
	bool old;	  /* HTTP/1.0 */
	unsigned hosts, lengths, codings;
	bool chunked;
	uint64_t length;     /* of the body; 0 when none is named */
	const char *problem; /* the first one, a sentence; NULL: none */
};

/* The request line. `target_length` is what it had when it came. */
void framing_begin(struct framing *framing, const char *method,
		   const char *target, size_t target_length,
		   const char *version);
/* Each header, in the order in which they came. */
void framing_add(struct framing *framing, const char *name, const char *value);
/* `head_size`: from the method to the end of the blank line. NULL when all is
 * well, else what is wrong: 400, and the connection must be closed. */
const char *framing_end(struct framing *framing, size_t head_size)
	__attribute__((warn_unused_result));
/* Bytes of the header lines alone; only when framing_end() gave NULL. */
size_t framing_headers_size(const struct framing *framing, const char *version);

#endif
