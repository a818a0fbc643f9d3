#ifndef CONFAB_API_SCRIPTS_H
#define CONFAB_API_SCRIPTS_H

#include <hiredis/hiredis.h>

#include "common/fault.h"

/*
 * All of Confab's Lua, and with it all shapes of its Redis keys:
 *
 *   confab:mark             hash: gen (the generation), beat (raised with each
 *                           batch)
 *   {A}:G:c                 hash of application A in generation G: n, its
 *                           highest chat number; b, what n was when it was
 *                           loaded from the rows
 *   {A}:G:m:B               hash: (chat - 1) % 512 -> highest message number,
 *                           for the chats 512 B + 1 to 512 B + 512
 *   {A}:G:k:C:KEY           what an idempotency key was answered with, on the
 *                           route of chat C (0: the route that makes chats)
 *
 * A chat above b was made in this generation, so its message counter starts
 * at 0; that of a chat up to b is loaded from the rows when first needed.
 * The generation is part of the names, so what an older one left behind (an
 * old copy of the data that came back) is never read.
 */
enum script {
	SCRIPT_ALLOCATE,
	SCRIPT_ALLOCATE_KEYED,
	SCRIPT_LOAD_CHATS,
	SCRIPT_LOAD_MESSAGES,
	SCRIPT_BEAT,
	SCRIPT_SET_MARK,
	SCRIPTS
};

#define SCRIPT_MARK_KEY "confab:mark"
#define SCRIPT_CHATS_PER_BUCKET 512u

/* What ALLOCATE answers in place of a number. */
#define SCRIPT_LOAD_MESSAGE_COUNTER (-1)
#define SCRIPT_NO_SUCH_CHAT (-2)
#define SCRIPT_LOAD_CHAT_COUNTER (-3)

#define SCRIPT_SHA_SIZE 41

/* Loads all of them; their names for EVALSHA go into sha_r. */
MUST_CHECK enum fault scripts_load(redisContext *redis,
				   char sha_r[SCRIPTS][SCRIPT_SHA_SIZE],
				   struct error *error);

#endif
