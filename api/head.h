#ifndef CONFAB_API_HEAD_H
#define CONFAB_API_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The head of an HTTP/1 request: request line, header lines, blank line (RFC
 * 9112, 2 to 7). Where one request ends and the next begins must never be in
 * doubt: a proxy that reads it another way than we do could be made to pass a
 * hidden second request (11.2). So what the RFC lets a server forgive is not
 * forgiven: lines end with CR LF, nothing is folded, no blanks stand where none
 * belong, a body has one length.
 */
#define HEAD_TARGET_MAX 8192u
#define HEAD_FIELDS_MAX 32768u /* all header lines with their CR LF */
#define HEAD_TARGET_TOO_LONG "A request target may have 8 KiB."
#define HEAD_FIELDS_TOO_LONG "The headers may have 32 KiB."

struct head {
	/* texts stand in the bytes that were given, which are changed for it */
	const char *method, *target;
	size_t target_length;
	bool old;	 /* HTTP/1.0 */
	bool persistent; /* the client may send another request after this */
	bool chunked;
	uint64_t length; /* of the body; 0 when none is named, and as chunks */
	/* the first problem, a sentence; then the connection must be closed */
	unsigned status; /* 0: none */
	const char *problem;

	char *at, *end;
	const char *fields;
	unsigned hosts, lengths, codings;
};

/*
 * Where the head ends that stands at the begin of `bytes`: the size of it, 0
 * when its end is not there yet. `searched` is 0 at first and is kept between
 * calls, so that nothing is looked at twice. A blank line of bare line feeds
 * ends it too, for head_begin() to refuse.
 */
size_t head_find_end(const char *bytes, size_t length, size_t *searched);
/* 414 or 431 when what is there without an end is too long already, else 0. */
unsigned head_overflows(const char *bytes, size_t length);

/* In place of one that overflows. */
void head_refuse(struct head *head, unsigned status);
/* The request line. `size` is what head_find_end() gave. */
void head_begin(struct head *head, char *bytes, size_t size);
/* Each header in its order. False at the end, or where nothing more can be
 * read. */
bool head_next(struct head *head, const char **name_r, const char **value_r);
/* After the last header: what all of them say together. */
void head_end(struct head *head);
/* RFC 9110, 5.6.2: of what names are made. */
bool head_is_token_char(char c);
/* Bytes of the header lines, known after head_end(). */
size_t head_fields_size(const struct head *head);

#endif
