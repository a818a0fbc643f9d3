#include "api/cursor.h"

#define PLAIN_SIZE(count) (1u + 8u * (count))
#define FORM 1

_Static_assert(PLAIN_SIZE(CURSOR_PARTS_MAX) <= SEAL_PLAIN_MAX,
	       "a cursor can be sealed");

bool cursor_encode(struct job_key *key, struct seal_scope scope,
		   const uint64_t *parts, unsigned count, struct buf *out)
{
	uint8_t plain[PLAIN_SIZE(CURSOR_PARTS_MAX)] = { FORM };
	char text[SEAL_SIZE_MAX];

	for (unsigned i = 0; i < 8 * count; i++)
		plain[1 + i] = (uint8_t)(parts[i / 8] >> (8 * (7 - i % 8)));
	if (!job_key_seal(key, scope, plain, PLAIN_SIZE(count), text))
		return false;
	buf_append_text(out, text);
	return true;
}

enum cursor_result cursor_decode(struct job_key *key, struct seal_scope scope,
				 const char *text, size_t length,
				 uint64_t *parts_r, unsigned count)
{
	uint8_t plain[PLAIN_SIZE(CURSOR_PARTS_MAX)];

	if (!job_key_known(key))
		return CURSOR_NO_KEY;
	if (!job_key_open(key, scope, text, length, plain, PLAIN_SIZE(count)) ||
	    plain[0] != FORM)
		return CURSOR_FOREIGN;
	for (unsigned i = 0; i < count; i++) {
		parts_r[i] = 0;
		for (unsigned b = 0; b < 8; b++)
			parts_r[i] = parts_r[i] << 8 | plain[1 + 8 * i + b];
	}
	return CURSOR_GOOD;
}
