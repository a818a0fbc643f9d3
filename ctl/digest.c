#include "ctl/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct digest {
	EVP_MD_CTX *context;
	bool failed;
};

static void begin(struct digest *digest)
{
	digest->failed =
		EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1;
}

struct digest *digest_new(void)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return NULL;
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL)
		digest_free(&digest);
	else
		begin(digest);
	return digest;
}

void digest_free(struct digest **digest)
{
	if (*digest == NULL)
		return;
	EVP_MD_CTX_free((*digest)->context);
	free(*digest);
	*digest = NULL;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	if (EVP_DigestUpdate(digest->context, bytes, length) != 1)
		digest->failed = true;
}

bool digest_end(struct digest *digest, char text_r[BACKUP_DIGEST_SIZE])
{
	unsigned char bytes[SHA256_DIGEST_LENGTH];
	unsigned length = 0;
	bool failed = digest->failed;

	if (EVP_DigestFinal_ex(digest->context, bytes, &length) != 1 ||
	    length != sizeof(bytes))
		failed = true;
	begin(digest);
	if (failed)
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(text_r + 2 * i, 3, "%02x", bytes[i]);
	return true;
}
