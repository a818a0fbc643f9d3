/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/jobs.h"

static const uint8_t bytes[JOB_KEY_SIZE] = "0123456789abcdef0123456789abcde";

static const struct uuid event = { "sixteen bytes it" };

static int make_key(void **state)
{
	struct job_key *key = job_key_new();

	if (!key)
		return 1;
	job_key_set(key, bytes);
	*state = key;
	return 0;
}

static int drop_key(void **state)
{
	struct job_key *key = *state;

	job_key_free(&key);
	return 0;
}

static void jobs_come_back(void **state)
{
	struct job in = { 7, 3, UINT64_C(9007199254740992), event }, out;
	char id[JOB_ID_SIZE];

	assert_true(job_encode(*state, &in, id));
	assert_int_equal(strlen(id), JOB_ID_SIZE - 1);
	assert_true(job_decode(*state, id, &out));
	assert_memory_equal(&in, &out, sizeof(in));
}

static void every_changed_character_is_noticed(void **state)
{
	struct job in = { 1, 1, 1, event }, out;
	char id[JOB_ID_SIZE];

	assert_true(job_encode(*state, &in, id));
	for (size_t i = 0; i < JOB_ID_SIZE - 1; i++) {
		char kept = id[i];

		id[i] = kept == 'A' ? 'B' : 'A';
		assert_false(job_decode(*state, id, &out));
		id[i] = kept;
	}
	assert_true(job_decode(*state, id, &out));
}

/* Ids of two messages, one behind the other, differ wherever chance would let
 * them differ. */
static void neighbours_have_nothing_in_common(void **state)
{
	struct job one = { 1, 1, 1, event }, two = { 1, 1, 2, event };
	char first[JOB_ID_SIZE], second[JOB_ID_SIZE];
	unsigned same = 0;

	assert_true(job_encode(*state, &one, first));
	assert_true(job_encode(*state, &two, second));
	for (size_t i = 0; i < JOB_ID_SIZE - 1; i++)
		same += first[i] == second[i];
	assert_in_range(same, 0, 10);
}

static void other_keys_and_made_up_ids_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "1", "not-a-job",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	};
	struct job_key *other = job_key_new();
	struct job in = { 1, 1, 1, event }, out;
	char id[JOB_ID_SIZE];

	assert_non_null(other);
	assert_false(job_encode(other, &in, id));
	assert_true(job_encode(*state, &in, id));
	job_key_set(other, (const uint8_t *)"another key of 32 bytes, really!");
	assert_false(job_decode(other, id, &out));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(job_decode(*state, bad[i], &out));
	job_key_free(&other);
}

/* A restore brings the secret of the system that was backed up. */
static void a_key_that_changes_is_used_from_then_on(void **state)
{
	static const char next[] = "the key of the one before, again";
	struct job_key *key = job_key_new();
	struct job in = { 1, 2, 3, event }, out;
	char first[JOB_ID_SIZE], second[JOB_ID_SIZE];

	(void)state;
	assert_non_null(key);
	job_key_set(key, (const uint8_t *)"a key of 32 bytes, before restore");
	assert_true(job_encode(key, &in, first));
	job_key_set(key, (const uint8_t *)next);
	job_key_set(key, (const uint8_t *)next);
	assert_false(job_decode(key, first, &out));
	assert_true(job_encode(key, &in, second));
	assert_true(job_decode(key, second, &out));
	job_key_set(key, (const uint8_t *)"a key of 32 bytes, before restore");
	assert_true(job_decode(key, first, &out));
	assert_false(job_decode(key, second, &out));
	job_key_free(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_come_back),
		cmocka_unit_test(a_key_that_changes_is_used_from_then_on),
		cmocka_unit_test(every_changed_character_is_noticed),
		cmocka_unit_test(neighbours_have_nothing_in_common),
		cmocka_unit_test(other_keys_and_made_up_ids_are_refused),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
