#ifndef CONFAB_API_CHUNKS_H
#define CONFAB_API_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The chunked transfer coding (RFC 9112, 7.1), read strictly and in whatever
 * pieces it comes. Extensions and trailers are passed over.
 */
#define CHUNKS_EXTRA_MAX 8192u /* bytes of sizes, extensions and trailers */

enum chunks_result {
	CHUNKS_MORE, /* all was taken, and there is more to come */
	CHUNKS_DATA, /* a piece of the body */
	CHUNKS_END,  /* the body is whole; what is left is not of it */
	CHUNKS_BAD
};

enum chunks_state {
	CHUNKS_SIZE,
	CHUNKS_EXTENSION,
	CHUNKS_SIZE_END,
	CHUNKS_BYTES,
	CHUNKS_BYTES_CR,
	CHUNKS_BYTES_LF,
	CHUNKS_TRAILER_START,
	CHUNKS_TRAILER_NAME,
	CHUNKS_TRAILER_VALUE,
	CHUNKS_TRAILER_LF,
	CHUNKS_LAST_LF
};

/* All zero at first. */
struct chunks {
	enum chunks_state state;
	uint64_t left; /* bytes of this chunk; UINT64_MAX: more than that */
	size_t extra;  /* since the last piece of the body */
	unsigned digits;
};

/* Takes from the begin of `bytes` and moves it on; on CHUNKS_DATA the piece is
 * *data_r, *length_r long. To be called until it says something else. */
enum chunks_result chunks_take(struct chunks *chunks, const char **bytes,
			       const char *end, const char **data_r,
			       size_t *length_r);

#endif
