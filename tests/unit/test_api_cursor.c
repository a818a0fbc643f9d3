/* links: api */
#include "api/cursor.h"

#include "tests/unit/unit.h"

/* Sealed texts and cursors: what was made comes back, and nothing else is
 * taken. */

#define SCOPE(text)                                                            \
	((struct seal_scope){ .bytes = (text), .length = sizeof(text) - 1 })

static const uint8_t bytes[JOB_KEY_SIZE] = "0123456789abcdef0123456789abcde";
static struct job_key *key;
static struct seal sealer;

static int make_key(void **state)
{
	(void)state;
	key = job_key_new();
	seal_init(&sealer, bytes);
	if (!key)
		return 1;
	job_key_set(key, bytes);
	return 0;
}

static int drop_key(void **state)
{
	(void)state;
	job_key_free(&key);
	return 0;
}

static struct buf encode(const uint64_t *parts, unsigned count)
{
	struct buf out = BUF_INIT;

	assert_true(cursor_encode(key, SCOPE("messages"), parts, count, &out));
	return out;
}

static enum cursor_result decode(struct seal_scope scope, const char *text,
				 size_t length, unsigned count)
{
	uint64_t parts[CURSOR_PARTS_MAX];

	return cursor_decode(key, scope, text, length, parts, count);
}

/* ---- seal ---- */

static void test_seal_of_every_length(void **state)
{
	uint8_t plain[SEAL_PLAIN_MAX], opened[SEAL_PLAIN_MAX];
	char text[SEAL_SIZE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	for (size_t length = 1; length <= SEAL_PLAIN_MAX; length++) {
		assert_true(
			seal_encode(&sealer, SCOPE("x"), plain, length, text));
		assert_int_equal(strlen(text), SEAL_LENGTH(length));
		memset(opened, 0, sizeof(opened));
		assert_true(seal_decode(&sealer, SCOPE("x"), text, strlen(text),
					opened, length));
		assert_memory_equal(opened, plain, length);
	}
	assert_false(seal_encode(&sealer, SCOPE("x"), plain, SEAL_PLAIN_MAX + 1,
				 text));
}

/* The last character holds bits that mean nothing: only 0 is taken. */
static void test_one_text_for_the_same_bytes(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t plain[] = { 1 };
	uint8_t opened[1];
	char text[SEAL_SIZE_MAX];
	unsigned taken = 0;
	size_t last;

	(void)state;
	assert_true(seal_encode(&sealer, SCOPE("x"), plain, 1, text));
	last = strlen(text) - 1;
	for (size_t i = 0; i < 64; i++) {
		text[last] = alphabet[i];
		taken += seal_decode(&sealer, SCOPE("x"), text, last + 1,
				     opened, 1);
	}
	assert_int_equal(taken, 1);
}

/* ---- cursors ---- */

static void test_parts_come_back(void **state)
{
	const uint64_t parts[] = { 0, 1, UINT64_C(1) << 53, UINT64_MAX, 77 };
	uint64_t read[CURSOR_PARTS_MAX];

	(void)state;
	for (unsigned count = 1; count <= CURSOR_PARTS_MAX; count++) {
		struct buf text = encode(parts, count);

		assert_int_equal(cursor_decode(key, SCOPE("messages"),
					       text.data, text.length, read,
					       count),
				 CURSOR_GOOD);
		assert_memory_equal(read, parts, count * sizeof(read[0]));
		buf_release(&text);
	}
}

/* Neighbours have nothing in common that a reader could count by. */
static void test_says_nothing(void **state)
{
	const uint64_t one[] = { 5 }, two[] = { 6 };
	struct buf a = encode(one, 1), b = encode(two, 1);
	size_t same = 0;

	(void)state;
	assert_int_equal(a.length, b.length);
	for (size_t i = 0; i < a.length; i++)
		same += a.data[i] == b.data[i];
	assert_true(same < a.length / 2);
	buf_release(&a);
	buf_release(&b);
}

static void test_bound_to_its_list(void **state)
{
	const uint64_t parts[] = { 7, 3, 9 };
	struct buf text = encode(parts, 3);

	(void)state;
	assert_int_equal(decode(SCOPE("messages"), text.data, text.length, 3),
			 CURSOR_GOOD);
	assert_int_equal(decode(SCOPE("chats"), text.data, text.length, 3),
			 CURSOR_FOREIGN);
	assert_int_equal(decode(SCOPE("message"), text.data, text.length, 3),
			 CURSOR_FOREIGN);
	assert_int_equal(decode(SCOPE("messages"), text.data, text.length, 2),
			 CURSOR_FOREIGN);
	buf_release(&text);
}

static void test_every_change_is_noticed(void **state)
{
	const uint64_t parts[] = { 7, 3, 9 };
	struct buf text = encode(parts, 3);
	char *copy = exact_copy(text.data, text.length);

	(void)state;
	for (size_t i = 0; i < text.length; i++) {
		for (int c = 0; c < 256; c++) {
			copy[i] = (char)c;
			assert_true(copy[i] == text.data[i] ||
				    decode(SCOPE("messages"), copy, text.length,
					   3) == CURSOR_FOREIGN);
		}
		copy[i] = text.data[i];
		assert_int_equal(decode(SCOPE("messages"), text.data, i, 3),
				 CURSOR_FOREIGN);
	}
	buf_append_char(&text, 'A');
	assert_int_equal(decode(SCOPE("messages"), text.data, text.length, 3),
			 CURSOR_FOREIGN);
	free(copy);
	buf_release(&text);
}

static void test_of_another_installation(void **state)
{
	static const uint8_t other_bytes[JOB_KEY_SIZE] = "another key";
	const uint64_t parts[] = { 7 };
	uint64_t read[1];
	struct buf text = encode(parts, 1);
	struct job_key *other = job_key_new();

	(void)state;
	assert_non_null(other);
	assert_int_equal(cursor_decode(other, SCOPE("messages"), text.data,
				       text.length, read, 1),
			 CURSOR_NO_KEY);
	job_key_set(other, other_bytes);
	assert_int_equal(cursor_decode(other, SCOPE("messages"), text.data,
				       text.length, read, 1),
			 CURSOR_FOREIGN);
	job_key_free(&other);
	buf_release(&text);
}

/* Though both are sealed under one key, and of the same length. */
static void test_a_job_id_is_no_cursor(void **state)
{
	const struct job job = { .application_id = 7, .number = 1 };
	const uint64_t parts[] = { 7, 3, 9, 1, 2 };
	struct buf text = encode(parts, CURSOR_PARTS_MAX);
	char id[JOB_ID_SIZE];
	struct job read;

	(void)state;
	assert_true(job_encode(key, &job, id));
	for (unsigned count = 1; count <= CURSOR_PARTS_MAX; count++)
		assert_int_equal(
			decode(SCOPE("messages"), id, strlen(id), count),
			CURSOR_FOREIGN);
	assert_false(job_decode(key, text.data, &read));
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_of_every_length),
		cmocka_unit_test(test_one_text_for_the_same_bytes),
		cmocka_unit_test(test_parts_come_back),
		cmocka_unit_test(test_says_nothing),
		cmocka_unit_test(test_bound_to_its_list),
		cmocka_unit_test(test_every_change_is_noticed),
		cmocka_unit_test(test_of_another_installation),
		cmocka_unit_test(test_a_job_id_is_no_cursor),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
