/* links: api */
/* wraps: malloc calloc realloc reallocarray free */
/* wraps: amqp_link_publish amqp_link_blocked amqp_link_read_notices */
/* wraps: amqp_link_free numbers_served_by */
#include "tests/unit/failing.h"

#include "api/allocator_private.h"
#include "api/committer_private.h"
#include "common/clock.h"

/*
 * A batch of the committer, whose numbers are there, before a broker whose
 * memory does not run out: events are encoded and published, confirms and
 * returns settled, tombstones published.
 */
#define COMMITS 12
/* of them in this order: chats, messages, messages with keys */
#define CHATS 3
#define KEYED 2
#define FIRST_NUMBER 100

static const char text[] = "a message of some length, so that the whole batch "
			   "does not fit into the first buffer \"\n\"";

static struct {
	struct commit commits[COMMITS];
	bool finished[COMMITS], voided[COMMITS], confirmed[COMMITS];
	uint64_t published[COMMITS]; /* with which message; 0: not */
	bool return_first;	     /* no queue takes the first message */
	bool link_lost;
	uint64_t sequences, settled;
	struct amqp_notice notices[8];
} world;

static size_t index_of(const struct commit *commit)
{
	return (size_t)(commit - world.commits);
}

/* ---- the broker ---- */

enum fault wrap_publish(struct amqp_link *link,
			const struct amqp_publication *what,
			uint64_t *sequence_r, struct error *error)
	INSTEAD_OF(amqp_link_publish);
bool wrap_blocked(const struct amqp_link *link) INSTEAD_OF(amqp_link_blocked);
enum fault wrap_notices(struct amqp_link *link, int timeout_ms,
			void (*notice)(void *, const struct amqp_notice *),
			void *context, struct error *error)
	INSTEAD_OF(amqp_link_read_notices);
void wrap_free(struct amqp_link **link) INSTEAD_OF(amqp_link_free);
bool wrap_served(struct numbers *numbers, uint32_t generation,
		 const char *run_id) INSTEAD_OF(numbers_served_by);

/* Which commit the event is of, by its number. */
static void note_event(const struct event *event)
{
	size_t i = (size_t)event->number - FIRST_NUMBER;

	assert_true(i < COMMITS);
	if (event->type == EVENT_CHAT_VOIDED ||
	    event->type == EVENT_MESSAGE_VOIDED) {
		assert_false(world.voided[i]);
		world.voided[i] = true;
		return;
	}
	assert_int_equal(world.published[i], 0);
	world.published[i] = world.sequences + 1;
	if (event->type == EVENT_CHAT_CREATED)
		return;
	assert_int_equal(event->body_length, sizeof(text) - 1);
	assert_memory_equal(event->body, text, sizeof(text) - 1);
}

static void note_line(const char *line, size_t length)
{
	struct event event = { 0 };
	char scratch[1024];
	size_t used = 0;

	assert_true(length <= sizeof(scratch));
	assert_int_equal(
		event_decode(line, length, scratch, &used, &event, NULL),
		FAULT_NONE);
	note_event(&event);
}

/* Whole lines, each an event; never a part of what did not fit. */
enum fault wrap_publish(struct amqp_link *link,
			const struct amqp_publication *what,
			uint64_t *sequence_r, struct error *error)
{
	const char *at = what->body, *end = at + what->length;
	struct amqp_notice *notice = &world.notices[world.sequences];
	bool on = failing_pause();

	(void)link;
	(void)error;
	assert_true(what->length > 0 && end[-1] == '\n');
	for (; at < end; at = (const char *)memchr(at, '\n', 1024) + 1)
		note_line(at,
			  (size_t)((const char *)memchr(at, '\n', 1024) - at));
	*sequence_r = ++world.sequences;
	*notice = (struct amqp_notice){ .kind = AMQP_ACK,
					.sequence = *sequence_r };
	memcpy(notice->message_id, what->message_id,
	       strlen(what->message_id) + 1);
	failing_resume(on);
	return FAULT_NONE;
}

bool wrap_blocked(const struct amqp_link *link)
{
	(void)link;
	return false;
}

enum fault wrap_notices(struct amqp_link *link, int timeout_ms,
			void (*notice)(void *, const struct amqp_notice *),
			void *context, struct error *error)
{
	(void)link;
	(void)timeout_ms;
	(void)notice;
	(void)context;
	(void)error;
	return FAULT_NONE;
}

void wrap_free(struct amqp_link **link)
{
	world.link_lost = *link != NULL;
	*link = NULL;
}

bool wrap_served(struct numbers *numbers, uint32_t generation,
		 const char *run_id)
{
	(void)numbers;
	(void)generation;
	(void)run_id;
	return true;
}

/* ---- the committer ---- */

/* What a client is told must be true. */
static void done(struct commit *commit)
{
	size_t i = index_of(commit);
	bool confirmed = world.confirmed[i];

	assert_false(world.finished[i]);
	world.finished[i] = true;
	if (commit->outcome == COMMIT_ACCEPTED)
		assert_true(confirmed);
	else
		assert_int_equal(commit->outcome, COMMIT_UNAVAILABLE);
	if (commit->outcome == COMMIT_UNAVAILABLE && !world.return_first)
		assert_int_equal(world.published[i], 0);
}

static void make_commits(void)
{
	for (size_t i = 0; i < COMMITS; i++) {
		struct commit *commit = &world.commits[i];

		*commit = (struct commit){
			.allocation = { .application_id = 1,
					.chat_number = i < CHATS ? 0 : 5,
					.number = FIRST_NUMBER + i },
			.body = i < CHATS ? NULL : text,
			.body_length = i < CHATS ? 0 : sizeof(text) - 1,
			.next = i + 1 < COMMITS ? commit + 1 : NULL,
		};
		if (i < COMMITS - KEYED)
			continue;
		commit->allocation.key = "key";
		commit->allocation.key_length = 3;
	}
}

/* The broker's words on all that was published and not yet settled. */
static void confirm(struct committer *it)
{
	while (world.settled < world.sequences) {
		struct amqp_notice *notice = &world.notices[world.settled++];
		struct amqp_notice returned = *notice;
		bool refused = world.return_first && world.settled == 1;

		returned.kind = AMQP_RETURN;
		if (refused)
			committer_notice(it, &returned);
		for (size_t i = 0; i < COMMITS && !refused; i++)
			world.confirmed[i] |=
				world.published[i] == notice->sequence;
		committer_notice(it, notice);
	}
}

static void commit_batch(struct committer *it)
{
	make_commits();
	committer_publish_batch(it, world.commits, clock_monotonic_ms());
	confirm(it);
	/* at the second try there is memory for them again */
	committer_publish_voids(it);
	committer_publish_voids(it);
	confirm(it);
}

/* Each commit was finished, and the numbers that were not used have their
 * tombstones, but those of keys. */
static bool check_outcomes(void)
{
	size_t accepted = 0;

	for (size_t i = 0; i < COMMITS; i++) {
		assert_true(world.finished[i]);
		if (world.commits[i].outcome == COMMIT_ACCEPTED)
			accepted++;
		if (world.voided[i])
			assert_int_not_equal(world.commits[i].outcome,
					     COMMIT_ACCEPTED);
		assert_false(world.voided[i] && i >= COMMITS - KEYED);
	}
	return accepted == COMMITS;
}

static bool commit(bool return_first)
{
	struct allocator allocator = { .redis = NULL };
	struct committer it = {
		.settings = { .window = 4,
			      .batch_events = COMMITS,
			      .done = done },
		.allocator = &allocator,
		.link = (void *)&world,
		.generation = 1,
	};
	bool well;

	memset(&world, 0, sizeof(world));
	world.return_first = return_first;
	it.window.settle = committer_settle;
	it.window.context = &it;
	commit_batch(&it);
	well = check_outcomes();
	/* what is out of memory says nothing against the link */
	assert_false(world.link_lost);
	assert_int_equal(it.window.used, 0);
	voids_release(&it.voids);
	buf_release(&it.bytes);
	return well;
}

static bool commit_taken(void)
{
	return commit(false);
}

/* The first message is returned, so its numbers need tombstones. */
static bool commit_returned(void)
{
	bool all = commit(true);

	assert_false(all);
	if (failing_struck())
		return false;
	for (size_t i = 0; i < COMMITS; i++)
		assert_int_equal(world.voided[i], i < CHATS);
	return true;
}

static void test_taken(void **state)
{
	(void)state;
	failing_run(commit_taken, 2);
}

static void test_returned(void **state)
{
	(void)state;
	failing_run(commit_returned, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
