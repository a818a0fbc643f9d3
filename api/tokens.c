#include "api/tokens.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS (2 * TOKENS_MAX) /* a power of two; at most half full */

struct slot {
	char token[REQUEST_TOKEN_LENGTH];
	uint64_t application_id; /* 0: free */
};

struct tokens {
	pthread_rwlock_t lock;
	struct slot *slots;
	size_t count;
};

struct tokens *tokens_new(void)
{
	struct tokens *tokens = calloc(1, sizeof(*tokens));

	if (!tokens)
		return NULL;
	/* pages that are never touched cost nothing */
	tokens->slots = calloc(SLOTS, sizeof(*tokens->slots));
	if (!tokens->slots) {
		free(tokens);
		return NULL;
	}
	pthread_rwlock_init(&tokens->lock, NULL);
	return tokens;
}

void tokens_free(struct tokens **tokens)
{
	if (!*tokens)
		return;
	pthread_rwlock_destroy(&(*tokens)->lock);
	free((*tokens)->slots);
	free(*tokens);
	*tokens = NULL;
}

/* FNV-1a: only tokens that the database has confirmed come in, and those are
 * random, so nobody can choose where they fall. */
static size_t place(const char *token)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < REQUEST_TOKEN_LENGTH; i++)
		hash = (hash ^ (unsigned char)token[i]) *
		       UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) & (SLOTS - 1);
}

/* The token's slot, or the free one where it would stand. */
static struct slot *find(struct tokens *tokens, const char *token)
{
	size_t at = place(token);

	while (tokens->slots[at].application_id != 0 &&
	       memcmp(tokens->slots[at].token, token, REQUEST_TOKEN_LENGTH) !=
		       0)
		at = (at + 1) & (SLOTS - 1);
	return &tokens->slots[at];
}

uint64_t tokens_find(struct tokens *tokens, const char *token)
{
	uint64_t id;

	pthread_rwlock_rdlock(&tokens->lock);
	id = find(tokens, token)->application_id;
	pthread_rwlock_unlock(&tokens->lock);
	return id;
}

/* An empty one is left alone, since this touches all of its pages. */
static void empty(struct tokens *tokens)
{
	if (tokens->count == 0)
		return;
	memset(tokens->slots, 0, SLOTS * sizeof(*tokens->slots));
	tokens->count = 0;
}

void tokens_clear(struct tokens *tokens)
{
	pthread_rwlock_wrlock(&tokens->lock);
	empty(tokens);
	pthread_rwlock_unlock(&tokens->lock);
}

void tokens_add(struct tokens *tokens, const char *token,
		uint64_t application_id)
{
	struct slot *slot;

	pthread_rwlock_wrlock(&tokens->lock);
	if (tokens->count == TOKENS_MAX)
		empty(tokens);
	slot = find(tokens, token);
	if (slot->application_id == 0) {
		memcpy(slot->token, token, REQUEST_TOKEN_LENGTH);
		slot->application_id = application_id;
		tokens->count++;
	}
	pthread_rwlock_unlock(&tokens->lock);
}

bool tokens_draw(char token_r[REQUEST_TOKEN_LENGTH + 1])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t bytes[REQUEST_TOKEN_LENGTH / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		token_r[2 * i] = hex[bytes[i] >> 4];
		token_r[2 * i + 1] = hex[bytes[i] & 15];
	}
	token_r[REQUEST_TOKEN_LENGTH] = '\0';
	return true;
}
