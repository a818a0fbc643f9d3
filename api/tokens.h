#ifndef CONFAB_API_TOKENS_H
#define CONFAB_API_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "api/request.h"

/*
 * Tokens of applications that this process has met, so that a create needs no
 * SQL (I4). A token is never given to another application; only a reset takes
 * tokens back, and it starts a new generation of numbers, which empties this.
 * Bounded: a full table starts anew.
 */
struct tokens;

#define TOKENS_MAX 131072u

struct tokens *tokens_new(void);
void tokens_free(struct tokens **tokens);
/* The application's id, 0 when the token is not known here. Any thread. */
uint64_t tokens_find(struct tokens *tokens, const char *token);
void tokens_add(struct tokens *tokens, const char *token,
		uint64_t application_id);
/* Forgets all: a reset leaves no application behind. */
void tokens_clear(struct tokens *tokens);
/* A new token: 16 bytes of the kernel's CSPRNG in hex. */
bool tokens_draw(char token_r[REQUEST_TOKEN_LENGTH + 1])
	__attribute__((warn_unused_result));

#endif
