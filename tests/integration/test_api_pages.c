#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/paging.h"
#include "tests/integration/stores.h"

/* Readers that follow the links while a writer goes on. */

/* ---- a writer: another program's events ---- */

#define COUNT 2500u
#define PER_SECOND 500u
#define LATE_MS 300
/* one number in 50 comes late, and one in 250 never */
#define IS_LATE(number) ((number) % 50 == 25)
#define IS_VOID(number) ((number) % 250 == 75)

struct feed {
	const char *created, *voided; /* types */
	const char *rest;	      /* of an event's members */
	const char *table;
	char list[128]; /* the path */
	uint64_t application;
	unsigned generation;
	int64_t started_ms;
	unsigned written; /* numbers up to it were published or are late */
	unsigned late;	  /* late ones up to it were published */
};

static void append_event(const struct feed *feed, const char *type,
			 unsigned number, struct buf *out)
{
	buf_printf(out,
		   "{\"v\":1,\"type\":\"%s\",\"id\":"
		   "\"01932f5e-7c00-7abc-8def-%06" PRIx64 "%06x\",\"app\":"
		   "%" PRIu64 ",\"number\":%u,\"at\":1761566400123,\"gen\":%u"
		   "%s}\n",
		   type, feed->application, number, feed->application, number,
		   feed->generation, feed->rest);
}

static unsigned due(const struct feed *feed, int64_t delay_ms)
{
	int64_t elapsed = clock_monotonic_ms() - feed->started_ms - delay_ms;
	int64_t number = elapsed * PER_SECOND / 1000;

	if (number < 0)
		return 0;
	return number > COUNT ? COUNT : (unsigned)number;
}

static void publish(const char *type, struct buf *lines)
{
	if (lines->length > 0)
		broker_publish(type, lines->data);
	buf_release(lines);
}

/* Publishes what is due by now. False when all is out. */
static bool write_some(struct feed *feed)
{
	unsigned now = due(feed, 0), late = due(feed, LATE_MS);
	struct buf created = BUF_INIT, voided = BUF_INIT;

	for (; feed->written < now; feed->written++)
		if (!IS_LATE(feed->written + 1))
			append_event(feed, feed->created, feed->written + 1,
				     &created);
	for (; feed->late < late; feed->late++) {
		unsigned number = feed->late + 1;

		if (IS_VOID(number))
			append_event(feed, feed->voided, number, &voided);
		else if (IS_LATE(number))
			append_event(feed, feed->created, number, &created);
	}
	publish(feed->created, &created);
	publish(feed->voided, &voided);
	return feed->late < COUNT;
}

/* ---- readers, one page at a time ---- */

struct reader {
	char path[512];
	uint64_t last;	   /* number; 0: none yet */
	int64_t rest_till; /* before that time it asks for nothing */
	unsigned seen;
	bool over;
};

static const struct http_reply *read_page(struct reader *reader)
{
	const struct http_reply *reply = api("GET", NULL, "%s", reader->path);

	assert_status(reply, 200);
	assert_true(reply_count(reply, "") <= 100);
	return reply;
}

static uint64_t number_at(const struct http_reply *reply, unsigned i)
{
	char path[32];

	snprintf(path, sizeof(path), "%u.number", i);
	return reply_number(reply, path);
}

static void follow(struct reader *reader, const char *path)
{
	snprintf(reader->path, sizeof(reader->path), "%s", path);
}

/* Each number that is not void, once, in order. Retry-After says 1 s; this
 * reader is less patient. */
static void read_forward(const struct feed *feed, struct reader *reader)
{
	const struct http_reply *reply = read_page(reader);
	unsigned count = reply_count(reply, "");
	const char *next = paging_next(reply);
	bool waits = http_header(reply, "Retry-After") != NULL;

	if (waits)
		assert_true(*next != '\0');
	for (unsigned i = 0; i < count; i++) {
		uint64_t number = number_at(reply, i);

		if (IS_VOID(reader->last + 1))
			reader->last++;
		assert_int_equal(number, reader->last + 1);
		reader->last = number;
		reader->seen++;
	}
	if (*next)
		follow(reader, next);
	else
		snprintf(reader->path, sizeof(reader->path),
			 "%s?limit=100&after=%" PRIu64, feed->list,
			 reader->last);
	if (!*next || waits)
		reader->rest_till = clock_monotonic_ms() + 50;
	reader->over = reader->last >= COUNT;
}

/* What was there when a backward reader began. */
struct snapshot {
	bool there[COUNT + 1];
	unsigned count, newest;
};

static void add_row(void *context, char **columns)
{
	struct snapshot *snapshot = context;
	unsigned number = (unsigned)atoi(columns[0]);

	snapshot->there[number] = true;
	snapshot->count++;
	if (number > snapshot->newest)
		snapshot->newest = number;
}

static void start_backward(const struct feed *feed, struct reader *reader,
			   struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){ .count = 0 };
	store_each_row(add_row, snapshot,
		       "SELECT number FROM %s WHERE application_id = %llu",
		       feed->table, (unsigned long long)feed->application);
	*reader = (struct reader){ .last = snapshot->newest + 1 };
	snprintf(reader->path, sizeof(reader->path),
		 "%s?limit=100&order=desc&before=%" PRIu64, feed->list,
		 reader->last);
}

/* Strictly downwards, so none comes twice; those that were there are counted
 * off. */
static void read_backward(struct reader *reader, struct snapshot *snapshot)
{
	const struct http_reply *reply = read_page(reader);
	unsigned count = reply_count(reply, "");

	assert_null(http_header(reply, "Retry-After"));
	for (unsigned i = 0; i < count; i++) {
		uint64_t number = number_at(reply, i);

		assert_true(number < reader->last);
		reader->last = number;
		if (snapshot->there[number])
			snapshot->count--;
	}
	follow(reader, paging_next(reply));
	reader->over = *reader->path == '\0';
	if (reader->over)
		assert_int_equal(snapshot->count, 0);
}

/* Both readers and the writer by turns, until all is written and read. */
static void read_while_writing(struct feed *feed)
{
	int64_t give_up_ms = clock_monotonic_ms() + DRAINED_MS;
	struct reader forward = { .last = 0 }, backward = { .over = true };
	static struct snapshot snapshot;
	unsigned walks = 0;
	bool writing = true;

	feed->generation =
		(unsigned)store_number("SELECT generation FROM numbering");
	feed->started_ms = clock_monotonic_ms();
	snprintf(forward.path, sizeof(forward.path), "%s?limit=100",
		 feed->list);
	while (writing || !forward.over || !backward.over) {
		assert_true(clock_monotonic_ms() < give_up_ms);
		if (writing)
			writing = write_some(feed);
		if (!forward.over && clock_monotonic_ms() >= forward.rest_till)
			read_forward(feed, &forward);
		if (!backward.over) {
			read_backward(&backward, &snapshot);
		} else if (!forward.over) {
			start_backward(feed, &backward, &snapshot);
			backward.over = snapshot.count == 0;
			walks += snapshot.count > 0;
		} else {
			clock_sleep_ms(5);
		}
	}
	assert_int_equal(forward.seen, COUNT - COUNT / 250);
	assert_true(walks > 0);
}

static void test_messages_while_a_writer_goes_on(void **state)
{
	struct feed feed = { .created = "message.created",
			     .voided = "message.voided",
			     .rest = ",\"chat\":1,\"rev\":1,\"body\":\"text\"",
			     .table = "messages" };
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	feed.application = talk.application;
	snprintf(feed.list, sizeof(feed.list),
		 "/applications/%s/chats/1/messages", talk.token);
	read_while_writing(&feed);
}

static void test_chats_while_a_writer_goes_on(void **state)
{
	struct feed feed = { .created = "chat.created",
			     .voided = "chat.voided",
			     .rest = "",
			     .table = "chats" };
	char token[TOKEN_SIZE];

	(void)state;
	create_application(token);
	feed.application = store_application(token);
	snprintf(feed.list, sizeof(feed.list), "/applications/%s/chats", token);
	read_while_writing(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_while_a_writer_goes_on),
		cmocka_unit_test(test_chats_while_a_writer_goes_on),
	};

	return cmocka_run_group_tests_name("api_pages", tests, NULL, NULL);
}
