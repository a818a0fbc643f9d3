#include "api/chunks.h"

#include "api/head.h"
#include "common/hex.h"

static bool is_text(char c)
{
	return (unsigned char)c >= ' ' ? c != 0x7f : c == '\t';
}

static bool read_size(struct chunks *chunks, char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		chunks->digits++;
		if (chunks->left > UINT64_MAX >> 4)
			chunks->left = UINT64_MAX;
		else
			chunks->left = chunks->left << 4 | (unsigned)digit;
		return true;
	}
	chunks->state = c == ';' ? CHUNKS_EXTENSION : CHUNKS_SIZE_END;
	return chunks->digits > 0 && (c == ';' || c == '\r');
}

/* A line of the trailer, or the last one, which is blank. */
static bool read_trailer(struct chunks *chunks, char c)
{
	switch (chunks->state) {
	case CHUNKS_TRAILER_START:
		chunks->state =
			c == '\r' ? CHUNKS_LAST_LF : CHUNKS_TRAILER_NAME;
		return c == '\r' || head_is_token_char(c);
	case CHUNKS_TRAILER_NAME:
		if (c == ':')
			chunks->state = CHUNKS_TRAILER_VALUE;
		return c == ':' || head_is_token_char(c);
	case CHUNKS_TRAILER_VALUE:
		if (c == '\r')
			chunks->state = CHUNKS_TRAILER_LF;
		return c == '\r' || is_text(c);
	default:
		chunks->state = CHUNKS_TRAILER_START;
		return c == '\n';
	}
}

/* Anything but the bytes of a chunk and the very last one. */
static bool read_other(struct chunks *chunks, char c)
{
	switch (chunks->state) {
	case CHUNKS_SIZE:
		return read_size(chunks, c);
	case CHUNKS_EXTENSION:
		if (c == '\r')
			chunks->state = CHUNKS_SIZE_END;
		return c == '\r' || is_text(c);
	case CHUNKS_SIZE_END:
		chunks->state =
			chunks->left > 0 ? CHUNKS_BYTES : CHUNKS_TRAILER_START;
		return c == '\n';
	case CHUNKS_BYTES_CR:
		chunks->state = CHUNKS_BYTES_LF;
		return c == '\r';
	case CHUNKS_BYTES_LF:
		chunks->state = CHUNKS_SIZE;
		chunks->digits = 0;
		return c == '\n';
	default:
		return read_trailer(chunks, c);
	}
}

static void take_data(struct chunks *chunks, const char **bytes,
		      const char *end, size_t *length_r)
{
	size_t there = (size_t)(end - *bytes);
	size_t length = chunks->left < there ? (size_t)chunks->left : there;

	*bytes += length;
	*length_r = length;
	chunks->extra = 0;
	chunks->left -= length;
	if (chunks->left == 0)
		chunks->state = CHUNKS_BYTES_CR;
}

enum chunks_result chunks_take(struct chunks *chunks, const char **bytes,
			       const char *end, const char **data_r,
			       size_t *length_r)
{
	while (*bytes < end) {
		if (chunks->state == CHUNKS_BYTES) {
			*data_r = *bytes;
			take_data(chunks, bytes, end, length_r);
			return CHUNKS_DATA;
		}
		if (chunks->state == CHUNKS_LAST_LF)
			return *(*bytes)++ == '\n' ? CHUNKS_END : CHUNKS_BAD;
		if (++chunks->extra > CHUNKS_EXTRA_MAX ||
		    !read_other(chunks, *(*bytes)++))
			return CHUNKS_BAD;
	}
	return CHUNKS_MORE;
}
