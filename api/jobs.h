#ifndef CONFAB_API_JOBS_H
#define CONFAB_API_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A job id is the place of what was created (application, chat, number),
 * sealed with AES-SIV (RFC 5297) under a key that only the database knows: it
 * needs no table of its own, says nothing, and cannot be made up.
 */
#define JOB_KEY_SIZE 32u
#define JOB_ID_SIZE 56u /* 55 characters of base64url and the NUL */

struct job {
	uint64_t application_id;
	uint64_t chat_number; /* 0: the job made chat `number` */
	uint64_t number;
};

struct job_key;

struct job_key *job_key_new(void);
void job_key_free(struct job_key **key);
/* Set once, when the database could be asked. */
void job_key_set(struct job_key *key, const uint8_t bytes[JOB_KEY_SIZE]);
bool job_key_known(struct job_key *key);

bool job_encode(struct job_key *key, const struct job *job,
		char id_r[JOB_ID_SIZE]) __attribute__((warn_unused_result));
/* False for an id that was not made with this key. */
bool job_decode(struct job_key *key, const char *id, struct job *job_r)
	__attribute__((warn_unused_result));

#endif
