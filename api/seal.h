#ifndef CONFAB_API_SEAL_H
#define CONFAB_API_SEAL_H

#include <nettle/siv-cmac.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A few bytes as a text that says nothing and cannot be made up: AES-SIV
 * (RFC 5297) in base64url (RFC 4648, 5, no padding). The same bytes give the
 * same text. Each create makes one, so this is Nettle's, which allocates
 * nothing.
 */
#define SEAL_KEY_SIZE 32u
#define SEAL_PLAIN_MAX 64u
/* Characters without the NUL: the tag's 16 bytes and the plain ones. */
#define SEAL_LENGTH(plain) ((((plain) + 16u) * 8u + 5u) / 6u)
#define SEAL_SIZE_MAX (SEAL_LENGTH(SEAL_PLAIN_MAX) + 1u)

/* What the text is for: it opens under the same scope only. */
struct seal_scope {
	const void *bytes;
	size_t length; /* at least 1 */
};

/* Ready for use by any number of threads. */
struct seal {
	struct siv_cmac_aes128_ctx context;
};

void seal_init(struct seal *seal, const uint8_t key[SEAL_KEY_SIZE]);
/* text_r has room for SEAL_LENGTH(length) + 1. False when it is too long. */
bool seal_encode(const struct seal *seal, struct seal_scope scope,
		 const uint8_t *plain, size_t length, char *text_r)
	__attribute__((warn_unused_result));
/* False for a text that is not seal_encode()'s of the same key, scope and
 * length. */
bool seal_decode(const struct seal *seal, struct seal_scope scope,
		 const char *text, size_t text_length, uint8_t *plain_r,
		 size_t length) __attribute__((warn_unused_result));

#endif
