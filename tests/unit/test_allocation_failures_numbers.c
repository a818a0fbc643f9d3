/* links: api */
/* wraps: malloc calloc realloc reallocarray free */
/* wraps: redisAppendFormattedCommand redis_link_reply */
#include "tests/unit/failing.h"

#include "api/allocator_private.h"

/* The numbers of a batch, from a Redis whose memory does not run out. */
#define WISHES 12
/* of them in this order: chats, messages, messages with keys */
#define CHATS 3
#define KEYED 2
#define FIRST_NUMBER 100

static struct allocation wishes[WISHES];
static redisReader *replies;
static size_t sent, answered;

/* ---- Redis ---- */

int wrap_append(redisContext *redis, const char *command, size_t length)
	INSTEAD_OF(redisAppendFormattedCommand);
int wrap_reply(redisContext *redis, void **reply_r)
	INSTEAD_OF(redis_link_reply);

int wrap_append(redisContext *redis, const char *command, size_t length)
{
	(void)redis;
	/* whole commands only */
	assert_true(length > 2 && command[0] == '*');
	assert_memory_equal(command + length - 2, "\r\n", 2);
	sent++;
	return REDIS_OK;
}

/* The calls come as: all of the application, each key, the beat. */
static void answer_call(char *answer, size_t size)
{
	static const char form[] = "*4\r\n:%u\r\n:0\r\n$16\r\n0123456789abcdef"
				   "\r\n$1\r\n5\r\n";

	if (answered == 0)
		snprintf(answer, size, "*2\r\n:%u\r\n:%u\r\n",
			 FIRST_NUMBER + CHATS - 1,
			 FIRST_NUMBER + WISHES - KEYED - 1);
	else if (answered <= KEYED)
		snprintf(answer, size, form,
			 FIRST_NUMBER + WISHES - KEYED - 1 +
				 (unsigned)answered);
	else
		snprintf(answer, size, ":1\r\n");
	answered++;
}

int wrap_reply(redisContext *redis, void **reply_r)
{
	char answer[128];
	bool on = failing_pause();

	(void)redis;
	answer_call(answer, sizeof(answer));
	assert_int_equal(redisReaderFeed(replies, answer, strlen(answer)),
			 REDIS_OK);
	assert_int_equal(redisReaderGetReply(replies, reply_r), REDIS_OK);
	assert_non_null(*reply_r);
	failing_resume(on);
	return REDIS_OK;
}

/* ---- the allocator ---- */

static void wish(struct allocation *wanted[WISHES])
{
	for (size_t i = 0; i < WISHES; i++) {
		wishes[i] = (struct allocation){
			.application_id = 1,
			.chat_number = i < CHATS ? 0 : 5,
		};
		wanted[i] = &wishes[i];
		if (i < WISHES - KEYED)
			continue;
		wishes[i].key = "key";
		wishes[i].key_length = 3;
	}
}

/* Two batches, so that the first one's memory is used again. */
static bool allocate(void)
{
	struct allocator allocator = { .redis = NULL };
	struct allocation *wanted[WISHES];
	struct error error = ERROR_INIT;
	enum fault fault = FAULT_NONE;

	for (int batch = 0; batch < 2 && fault == FAULT_NONE; batch++) {
		wish(wanted);
		sent = answered = 0;
		allocator.beat = 0;
		fault = allocator_run(&allocator, 1, wanted, WISHES, &error);
	}
	if (fault == FAULT_NONE) {
		for (size_t i = 0; i < WISHES; i++)
			assert_int_equal(wishes[i].number, FIRST_NUMBER + i);
	} else {
		assert_int_equal(fault, FAULT_TEMPORARY);
		assert_string_equal(error.text, "out of memory");
		/* a part of a batch must not spend numbers */
		assert_int_equal(sent, 0);
	}
	free(allocator.sorted);
	free(allocator.calls);
	buf_release(&allocator.bytes);
	return fault == FAULT_NONE;
}

static void test_allocate(void **state)
{
	(void)state;
	failing_run(allocate, 3);
}

static int make_reader(void **state)
{
	(void)state;
	replies = redisReaderCreate();
	return replies ? 0 : -1;
}

static int free_reader(void **state)
{
	(void)state;
	redisReaderFree(replies);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocate),
	};

	return cmocka_run_group_tests(tests, make_reader, free_reader);
}
