#include "api/seal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define TAG_SIZE 16u

struct seal {
	EVP_CIPHER *cipher;
};

struct seal *seal_new(void)
{
	struct seal *seal = calloc(1, sizeof(*seal));

	if (!seal)
		return NULL;
	seal->cipher = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	if (!seal->cipher)
		seal_free(&seal);
	return seal;
}

void seal_free(struct seal **seal)
{
	if (!*seal)
		return;
	EVP_CIPHER_free((*seal)->cipher);
	free(*seal);
	*seal = NULL;
}

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

static bool encrypt(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
		    const uint8_t *key, struct seal_scope scope,
		    const uint8_t *plain, int length, uint8_t *sealed_r)
{
	int done = 0;

	return EVP_EncryptInit_ex2(context, cipher, key, NULL, NULL) == 1 &&
	       EVP_EncryptUpdate(context, NULL, &done, scope.bytes,
				 (int)scope.length) == 1 &&
	       EVP_EncryptUpdate(context, sealed_r + TAG_SIZE, &done, plain,
				 length) == 1 &&
	       EVP_EncryptFinal_ex(context, sealed_r + TAG_SIZE + done,
				   &done) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
				   sealed_r) == 1;
}

static bool decrypt(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
		    const uint8_t *key, struct seal_scope scope,
		    uint8_t *sealed, int length, uint8_t *plain_r)
{
	int done = 0;

	return EVP_DecryptInit_ex2(context, cipher, key, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
				   sealed) == 1 &&
	       EVP_DecryptUpdate(context, NULL, &done, scope.bytes,
				 (int)scope.length) == 1 &&
	       EVP_DecryptUpdate(context, plain_r, &done, sealed + TAG_SIZE,
				 length) == 1 &&
	       EVP_DecryptFinal_ex(context, plain_r + done, &done) == 1;
}

bool seal_encode(const struct seal *seal, const uint8_t key[SEAL_KEY_SIZE],
		 struct seal_scope scope, const uint8_t *plain, size_t length,
		 char *text_r)
{
	uint8_t sealed[TAG_SIZE + SEAL_PLAIN_MAX];
	EVP_CIPHER_CTX *context;
	bool good;

	if (length > SEAL_PLAIN_MAX)
		return false;
	context = EVP_CIPHER_CTX_new();
	good = context && encrypt(context, seal->cipher, key, scope, plain,
				  (int)length, sealed);
	EVP_CIPHER_CTX_free(context);
	if (good)
		encode_text(sealed, TAG_SIZE + length, text_r);
	return good;
}

bool seal_decode(const struct seal *seal, const uint8_t key[SEAL_KEY_SIZE],
		 struct seal_scope scope, const char *text, size_t text_length,
		 uint8_t *plain_r, size_t length)
{
	uint8_t sealed[TAG_SIZE + SEAL_PLAIN_MAX], plain[SEAL_PLAIN_MAX];
	EVP_CIPHER_CTX *context;
	bool good;

	if (length > SEAL_PLAIN_MAX || text_length != SEAL_LENGTH(length) ||
	    !decode_text(text, text_length, sealed))
		return false;
	context = EVP_CIPHER_CTX_new();
	good = context && decrypt(context, seal->cipher, key, scope, sealed,
				  (int)length, plain);
	EVP_CIPHER_CTX_free(context);
	if (good)
		memcpy(plain_r, plain, length);
	return good;
}
