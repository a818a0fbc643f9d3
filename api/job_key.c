#include "api/jobs.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_SIZE 41u /* the form's version, 3 numbers, the event's id */
#define FORM 1

_Static_assert(SEAL_LENGTH(PLAIN_SIZE) + 1u == JOB_ID_SIZE,
	       "a job id is a sealed text");

static const struct seal_scope scope = { "job", 3 };

struct job_key {
	atomic_uint used; /* 0: none is known; else the seal is used % 2 */
	struct seal seals[2];
	uint8_t bytes[JOB_KEY_SIZE]; /* of the last one */
};

struct job_key *job_key_new(void)
{
	return calloc(1, sizeof(struct job_key));
}

void job_key_free(struct job_key **key)
{
	free(*key);
	*key = NULL;
}

void job_key_set(struct job_key *key, const uint8_t bytes[JOB_KEY_SIZE])
{
	unsigned used = atomic_load(&key->used);

	if (used != 0 && memcmp(key->bytes, bytes, JOB_KEY_SIZE) == 0)
		return;
	memcpy(key->bytes, bytes, JOB_KEY_SIZE);
	seal_init(&key->seals[(used + 1) % 2], bytes);
	atomic_store(&key->used, used + 1);
}

/* NULL while none is known. */
static const struct seal *current(struct job_key *key)
{
	unsigned used = atomic_load(&key->used);

	return used != 0 ? &key->seals[used % 2] : NULL;
}

bool job_key_known(struct job_key *key)
{
	return current(key) != NULL;
}

bool job_key_seal(struct job_key *key, struct seal_scope of,
		  const uint8_t *plain, size_t length, char *text_r)
{
	const struct seal *seal = current(key);

	return seal && seal_encode(seal, of, plain, length, text_r);
}

bool job_key_open(struct job_key *key, struct seal_scope of, const char *text,
		  size_t text_length, uint8_t *plain_r, size_t length)
{
	const struct seal *seal = current(key);

	return seal &&
	       seal_decode(seal, of, text, text_length, plain_r, length);
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

bool job_encode(struct job_key *key, const struct job *job,
		char id_r[JOB_ID_SIZE])
{
	uint8_t plain[PLAIN_SIZE];

	plain[0] = FORM;
	put_u64(plain + 1, job->application_id);
	put_u64(plain + 9, job->chat_number);
	put_u64(plain + 17, job->number);
	memcpy(plain + 25, job->event_id.bytes, sizeof(job->event_id.bytes));
	return job_key_seal(key, scope, plain, PLAIN_SIZE, id_r);
}

bool job_decode(struct job_key *key, const char *id, struct job *job_r)
{
	uint8_t plain[PLAIN_SIZE];

	if (!job_key_open(key, scope, id, strlen(id), plain, PLAIN_SIZE) ||
	    plain[0] != FORM)
		return false;
	job_r->application_id = get_u64(plain + 1);
	job_r->chat_number = get_u64(plain + 9);
	job_r->number = get_u64(plain + 17);
	memcpy(job_r->event_id.bytes, plain + 25,
	       sizeof(job_r->event_id.bytes));
	return true;
}
