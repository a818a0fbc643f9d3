#include "api/jobs.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TAG_SIZE 16u
#define PLAIN_SIZE 24u
#define SEALED_SIZE (TAG_SIZE + PLAIN_SIZE + 1u)
/* 41 bytes are 54.67 base64 characters: 55, and the last holds four bits */

struct job_key {
	uint8_t bytes[JOB_KEY_SIZE];
	atomic_bool known;
	EVP_CIPHER *cipher;
};

struct job_key *job_key_new(void)
{
	struct job_key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	key->cipher = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	if (!key->cipher)
		job_key_free(&key);
	return key;
}

void job_key_free(struct job_key **key)
{
	if (!*key)
		return;
	EVP_CIPHER_free((*key)->cipher);
	free(*key);
	*key = NULL;
}

void job_key_set(struct job_key *key, const uint8_t bytes[JOB_KEY_SIZE])
{
	if (atomic_load(&key->known))
		return;
	memcpy(key->bytes, bytes, JOB_KEY_SIZE);
	atomic_store(&key->known, true);
}

bool job_key_known(struct job_key *key)
{
	return atomic_load(&key->known);
}

static void put_u64(uint8_t *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (8 * (7 - i)));
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

static bool seal(struct job_key *key, const uint8_t *plain, uint8_t *sealed_r)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length = 0, last = 0;
	bool good;

	good = context &&
	       EVP_EncryptInit_ex2(context, key->cipher, key->bytes, NULL,
				   NULL) == 1 &&
	       EVP_EncryptUpdate(context, sealed_r + TAG_SIZE, &length, plain,
				 PLAIN_SIZE + 1) == 1 &&
	       EVP_EncryptFinal_ex(context, sealed_r + TAG_SIZE + length,
				   &last) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
				   sealed_r) == 1;
	EVP_CIPHER_CTX_free(context);
	return good;
}

static bool unseal(struct job_key *key, uint8_t *sealed, uint8_t *plain_r)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length = 0, last = 0;
	bool good;

	good = context &&
	       EVP_DecryptInit_ex2(context, key->cipher, key->bytes, NULL,
				   NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
				   sealed) == 1 &&
	       EVP_DecryptUpdate(context, plain_r, &length, sealed + TAG_SIZE,
				 PLAIN_SIZE + 1) == 1 &&
	       EVP_DecryptFinal_ex(context, plain_r + length, &last) == 1;
	EVP_CIPHER_CTX_free(context);
	return good;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode_text(const uint8_t *bytes, char *text_r)
{
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < SEALED_SIZE; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 6; have -= 6)
			*text_r++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*text_r++ = alphabet[bits << (6 - have) & 63];
	*text_r = '\0';
}

static bool decode_text(const char *text, uint8_t *bytes_r)
{
	unsigned bits = 0, have = 0;

	if (strlen(text) != JOB_ID_SIZE - 1)
		return false;
	for (; *text; text++) {
		const char *at = strchr(alphabet, *text);

		if (!at)
			return false;
		bits = bits << 6 | (unsigned)(at - alphabet);
		have += 6;
		if (have >= 8) {
			have -= 8;
			*bytes_r++ = (uint8_t)(bits >> have);
		}
	}
	/* what is left over must be 0, so each job has one id only */
	return (bits & ((1u << have) - 1)) == 0;
}

bool job_encode(struct job_key *key, const struct job *job,
		char id_r[JOB_ID_SIZE])
{
	uint8_t plain[PLAIN_SIZE + 1], sealed[SEALED_SIZE];

	plain[0] = 1; /* the form's version */
	put_u64(plain + 1, job->application_id);
	put_u64(plain + 9, job->chat_number);
	put_u64(plain + 17, job->number);
	if (!job_key_known(key) || !seal(key, plain, sealed))
		return false;
	encode_text(sealed, id_r);
	return true;
}

bool job_decode(struct job_key *key, const char *id, struct job *job_r)
{
	uint8_t plain[PLAIN_SIZE + 1], sealed[SEALED_SIZE];

	if (!job_key_known(key) || !decode_text(id, sealed) ||
	    !unseal(key, sealed, plain) || plain[0] != 1)
		return false;
	job_r->application_id = get_u64(plain + 1);
	job_r->chat_number = get_u64(plain + 9);
	job_r->number = get_u64(plain + 17);
	return true;
}
