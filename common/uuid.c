#include "common/uuid.h"

#include <string.h>
#include <sys/random.h>

#include "common/hex.h"

/* getrandom(2) costs a system call: each thread draws for many at once. */
#define POOL_SIZE 1024

static _Thread_local struct {
	uint8_t bytes[POOL_SIZE];
	size_t left;
} pool;

static bool draw(uint8_t *bytes_r, size_t length)
{
	if (pool.left < length) {
		if (getrandom(pool.bytes, sizeof(pool.bytes), 0) !=
		    (ssize_t)sizeof(pool.bytes))
			return false;
		pool.left = sizeof(pool.bytes);
	}
	pool.left -= length;
	memcpy(bytes_r, pool.bytes + pool.left, length);
	/* what was given out once is not kept */
	memset(pool.bytes + pool.left, 0, length);
	return true;
}

bool uuid_new(int64_t wall_ms, struct uuid *uuid_r)
{
	uint8_t *bytes = uuid_r->bytes;

	if (!draw(bytes + 6, 10))
		return false;
	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)((uint64_t)wall_ms >> (8 * (5 - i)));
	bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f));
	bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f));
	return true;
}

void uuid_format(const struct uuid *uuid, char text_r[UUID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *at = text_r;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = hex[uuid->bytes[i] >> 4];
		*at++ = hex[uuid->bytes[i] & 15];
	}
	*at = '\0';
}

bool uuid_parse(const char *text, size_t length, struct uuid *uuid_r)
{
	struct uuid uuid;
	size_t at = 0;

	if (length != UUID_TEXT_SIZE - 1)
		return false;
	for (int i = 0; i < 16; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) &&
		    text[at++] != '-')
			return false;
		high = hex_digit(text[at++]);
		low = hex_digit(text[at++]);
		if (high < 0 || low < 0)
			return false;
		uuid.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*uuid_r = uuid;
	return true;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
