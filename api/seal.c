#include "api/seal.h"

#include <string.h>

_Static_assert(SEAL_KEY_SIZE == SIV_CMAC_AES128_KEY_SIZE, "AES-128 twice");

/* ---- base64url ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode_text(const uint8_t *bytes, size_t length, char *text_r)
{
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 6; have -= 6)
			*text_r++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*text_r++ = alphabet[bits << (6 - have) & 63];
	*text_r = '\0';
}

/* `text` has as many characters as make whole bytes. */
static bool decode_text(const char *text, size_t length, uint8_t *bytes_r)
{
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < length; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!at)
			return false;
		bits = bits << 6 | (unsigned)(at - alphabet);
		have += 6;
		if (have >= 8) {
			have -= 8;
			*bytes_r++ = (uint8_t)(bits >> have);
		}
	}
	/* what is left over must be 0: one text only for the same bytes */
	return (bits & ((1u << have) - 1)) == 0;
}

/* ---- AES-SIV: the tag, then as many bytes as the plain text has ---- */

void seal_init(struct seal *seal, const uint8_t key[SEAL_KEY_SIZE])
{
	siv_cmac_aes128_set_key(&seal->context, key);
}

bool seal_encode(const struct seal *seal, struct seal_scope scope,
		 const uint8_t *plain, size_t length, char *text_r)
{
	uint8_t sealed[SIV_DIGEST_SIZE + SEAL_PLAIN_MAX];

	if (length > SEAL_PLAIN_MAX)
		return false;
	siv_cmac_aes128_encrypt_message(
		&seal->context, scope.length, scope.bytes, 0, NULL,
		SIV_DIGEST_SIZE + length, sealed, plain);
	encode_text(sealed, SIV_DIGEST_SIZE + length, text_r);
	return true;
}

bool seal_decode(const struct seal *seal, struct seal_scope scope,
		 const char *text, size_t text_length, uint8_t *plain_r,
		 size_t length)
{
	uint8_t sealed[SIV_DIGEST_SIZE + SEAL_PLAIN_MAX];
	uint8_t plain[SEAL_PLAIN_MAX];

	if (length > SEAL_PLAIN_MAX || text_length != SEAL_LENGTH(length) ||
	    !decode_text(text, text_length, sealed) ||
	    siv_cmac_aes128_decrypt_message(&seal->context, scope.length,
					    scope.bytes, 0, NULL, length, plain,
					    sealed) != 1)
		return false;
	memcpy(plain_r, plain, length);
	return true;
}
