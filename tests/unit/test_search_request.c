/* links: api */
#include "api/search_request.h"

#include "tests/unit/unit.h"

static struct job_key *key;

static int make_key(void **state)
{
	static const uint8_t bytes[JOB_KEY_SIZE] =
		"0123456789abcdef0123456789abcde";

	(void)state;
	key = job_key_new();
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

static struct search_request make_request(uint64_t application, uint64_t chat)
{
	return (struct search_request){ .key = key,
					.application_id = application,
					.chat_number = chat,
					.text = "hello",
					.length = 5,
					.limit = 10 };
}

static struct search_place make_place(float score, int64_t at, uint64_t app,
				      uint64_t chat, uint64_t number)
{
	return (struct search_place){ score, at, app, chat, number };
}

static void assert_place(const struct search_place *a,
			 const struct search_place *b)
{
	assert_int_equal(search_place_compare(a, b), 0);
	assert_true(a->score == b->score);
}

static void test_order(void **state)
{
	const struct search_place places[] = {
		make_place(3, 10, 1, 1, 1),    make_place(2.5f, 20, 1, 1, 1),
		make_place(2.5f, 10, 2, 1, 1), make_place(2.5f, 10, 1, 2, 1),
		make_place(2.5f, 10, 1, 1, 2), make_place(2.5f, 10, 1, 1, 1),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(places); i++)
		for (size_t k = 0; k < COUNT_OF(places); k++) {
			int order =
				search_place_compare(&places[i], &places[k]);

			assert_int_equal((order > 0) - (order < 0),
					 (i > k) - (i < k));
		}
}

static bool decodes(struct search_request *request, const char *cursor,
		    size_t length)
{
	return search_cursor_decode(request, cursor, length) == CURSOR_GOOD;
}

static void round_trip(uint64_t application, uint64_t chat,
		       const struct search_place *place)
{
	struct search_request request = make_request(application, chat);
	struct buf cursor = BUF_INIT;

	assert_true(search_cursor_encode(&request, place, &cursor));
	assert_true(decodes(&request, cursor.data, cursor.length));
	assert_place(&request.after, place);
	buf_release(&cursor);
}

static void test_round_trip(void **state)
{
	const uint64_t most = UINT64_C(1) << 53;
	struct search_place place = make_place(4.75f, 1700000000123, 7, 3, 9);
	struct search_place large =
		make_place(600, 253402300799999, most, most, most);

	(void)state;
	round_trip(7, 3, &place);
	round_trip(7, 0, &place);
	round_trip(0, 0, &place);
	round_trip(0, 0, &large);
}

/* Every other search refuses it. */
static void test_bound(void **state)
{
	struct search_request request = make_request(7, 3), other;
	struct search_place place = make_place(1, 1, 7, 3, 9);
	struct buf cursor = BUF_INIT;

	(void)state;
	assert_true(search_cursor_encode(&request, &place, &cursor));
	other = make_request(8, 3);
	assert_false(decodes(&other, cursor.data, cursor.length));
	other = make_request(7, 4);
	assert_false(decodes(&other, cursor.data, cursor.length));
	other = make_request(0, 0);
	assert_false(decodes(&other, cursor.data, cursor.length));
	other = request;
	other.text = "hellp";
	assert_false(decodes(&other, cursor.data, cursor.length));
	other = request;
	other.fuzzy = true;
	assert_false(decodes(&other, cursor.data, cursor.length));
	other = request;
	other.limit = 99;
	assert_true(decodes(&other, cursor.data, cursor.length));
	buf_release(&cursor);
}

/* No byte of a cursor can be changed, left out or added. */
static void test_tampering(void **state)
{
	struct search_request request = make_request(7, 3);
	struct search_place place = make_place(2.5f, 1700000000123, 7, 3, 9);
	struct buf cursor = BUF_INIT;
	char copy[128];

	(void)state;
	assert_true(search_cursor_encode(&request, &place, &cursor));
	for (size_t i = 0; i < cursor.length; i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(copy, cursor.data, cursor.length);
			copy[i] = (char)c;
			assert_true(copy[i] == cursor.data[i] ||
				    !decodes(&request, copy, cursor.length));
		}
		assert_false(decodes(&request, cursor.data, i));
	}
	memcpy(copy, cursor.data, cursor.length);
	copy[cursor.length] = '0';
	assert_false(decodes(&request, copy, cursor.length + 1));
	assert_true(request.after.score <= 0);
	buf_release(&cursor);
}

static void test_garbage(void **state)
{
	static const char *const cursors[] = {
		"", "-", "3f800000-1-0-1-1-0", "eyJhIjoxfQ==", "%00", "AAAA",
	};
	struct search_request request = make_request(7, 3);
	char noise[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cursors); i++)
		if (decodes(&request, cursors[i], strlen(cursors[i])))
			fail_row(cursors[i], "taken");
	srand(1);
	for (int i = 0; i < 100000; i++) {
		size_t length = (size_t)rand() % sizeof(noise);

		for (size_t k = 0; k < length; k++)
			noise[k] = "ABCdef0123456789-_"[rand() % 18];
		assert_false(decodes(&request, noise, length));
	}
}

/* Before the database could be asked for the key. */
static void test_no_key(void **state)
{
	struct search_request request = make_request(7, 3);
	struct search_place place = make_place(1, 1, 7, 3, 9);
	struct job_key *unknown = job_key_new();
	struct buf cursor = BUF_INIT;

	(void)state;
	assert_non_null(unknown);
	request.key = unknown;
	assert_false(search_cursor_encode(&request, &place, &cursor));
	assert_int_equal(search_cursor_decode(&request, "AAAA", 4),
			 CURSOR_NO_KEY);
	buf_release(&cursor);
	job_key_free(&unknown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_tampering),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_no_key),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
