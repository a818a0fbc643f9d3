#ifndef CONFAB_API_JOBS_H
#define CONFAB_API_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/seal.h"
#include "common/uuid.h"

/*
 * A job id is the place of what was created (application, chat, number) and
 * the event that was to create it, sealed with AES-SIV (RFC 5297) under a key
 * that only the database knows: it needs no table of its own, says nothing,
 * and cannot be made up. The event tells what was promised apart from whatever
 * else may have come to the same number.
 */
#define JOB_KEY_SIZE SEAL_KEY_SIZE
#define JOB_ID_SIZE 77u /* 76 characters of base64url and the NUL */

struct job {
	uint64_t application_id;
	uint64_t chat_number; /* 0: the job made chat `number` */
	uint64_t number;
	struct uuid event_id;
};

struct job_key;

struct job_key *job_key_new(void);
void job_key_free(struct job_key **key);
/* What the database says; one thread alone calls it. Only a restore changes the
 * key, so no other thread is at work with the one before the last. */
void job_key_set(struct job_key *key, const uint8_t bytes[JOB_KEY_SIZE]);
bool job_key_known(struct job_key *key);
/* Other texts under the same key: as seal_encode() and seal_decode(), and false
 * while the key is not known. */
bool job_key_seal(struct job_key *key, struct seal_scope of,
		  const uint8_t *plain, size_t length, char *text_r)
	__attribute__((warn_unused_result));
bool job_key_open(struct job_key *key, struct seal_scope of, const char *text,
		  size_t text_length, uint8_t *plain_r, size_t length)
	__attribute__((warn_unused_result));

bool job_encode(struct job_key *key, const struct job *job,
		char id_r[JOB_ID_SIZE]) __attribute__((warn_unused_result));
/* False for an id that was not made with this key. */
bool job_decode(struct job_key *key, const char *id, struct job *job_r)
	__attribute__((warn_unused_result));

#endif
