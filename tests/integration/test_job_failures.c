#include <stdio.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/jobs.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* A message that was accepted and can never be stored: its job says so, and
 * why, until it is mended. */

/* ---- a number that is taken ---- */

/* Another row under the next number, as no program of ours makes it. */
static void squat(const struct talk *talk)
{
	store_execute("INSERT INTO messages (application_id, chat_number, "
		      "number, event_id, generation, body, created_at, "
		      "updated_at) VALUES (%llu, 1, 1, REPEAT('s', 16), "
		      "(SELECT generation FROM numbering), 'squatter', "
		      "UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
		      (unsigned long long)talk->application);
}

static void leave(const struct talk *talk)
{
	store_execute("DELETE FROM messages WHERE application_id = %llu "
		      "AND body = 'squatter'",
		      (unsigned long long)talk->application);
}

static bool has_letter(void *context)
{
	return store_number("SELECT COUNT(*) FROM dead_letters "
			    "WHERE application_id = %llu",
			    (unsigned long long)((const struct talk *)context)
				    ->application) == 1;
}

static struct job fail_one(struct talk *talk)
{
	const struct http_reply *reply;
	char path[128];
	struct job job;

	create_talk(talk, NULL, 0);
	squat(talk);
	reply = api_with("Prefer: wait=1", "POST", "{\"body\":\"accepted\"}",
			 "/applications/%s/chats/1/messages", talk->token);
	/* the other row is not taken for this one's */
	job = job_keep(reply);
	assert_int_equal(reply_number(reply, "number"), 1);
	assert_becomes(has_letter, talk, COUNTED_MS);
	assert_true(job_is(&job, "failed"));
	reply = job_show(&job);
	assert_members(reply, "",
		       "job_id type status number chat_number url reason");
	assert_memory_equal(reply_text(reply, "reason"), "collision: ", 11);
	snprintf(path, sizeof(path), "/applications/%s/chats/1/messages/1",
		 talk->token);
	assert_string_equal(reply_text(reply, "url"), path);
	return job;
}

static void test_failed_and_replayed(void **state)
{
	struct talk talk;
	struct job job = fail_one(&talk);

	(void)state;
	leave(&talk);
	confabctl(0, "dead-letters", "replay", store_letter(talk.application),
		  NULL);
	job_await(&job, "indexed", DRAINED_MS);
	assert_false(reply_has(job_show(&job), "reason"));
	assert_string_equal(store_text("SELECT body FROM messages WHERE "
				       "application_id = %llu",
				       (unsigned long long)talk.application),
			    "accepted");
}

static void test_replayed_in_vain(void **state)
{
	struct talk talk;
	struct job job = fail_one(&talk);

	(void)state;
	confabctl(0, "dead-letters", "replay", store_letter(talk.application),
		  NULL);
	assert_becomes(has_letter, &talk, COUNTED_MS);
	assert_true(job_is(&job, "failed"));
}

/* The number stays with the other row. */
static void test_collided_and_dropped(void **state)
{
	struct talk talk;
	struct job job = fail_one(&talk);

	(void)state;
	confabctl(0, "dead-letters", "drop", store_letter(talk.application),
		  "--yes");
	assert_true(job_is(&job, "failed"));
	assert_memory_equal(reply_text(job_show(&job), "reason"),
			    "collision: ", 11);
}

/* ---- what the database refuses ---- */

static int refuse(void **state)
{
	(void)state;
	store_execute("ALTER TABLE messages ADD CONSTRAINT test_refuses "
		      "CHECK (body NOT LIKE 'refused%%')");
	return 0;
}

static int refuse_no_more(void **state)
{
	(void)state;
	store_execute("ALTER TABLE messages DROP CONSTRAINT test_refuses");
	return stack_repair(state);
}

static struct job post_refused(struct talk *talk)
{
	struct job refused, next;

	create_talk(talk, NULL, 0);
	refused = job_post_message(talk->token, "refused");
	next = job_post_message(talk->token, "a good neighbour");
	job_await(&next, "indexed", COUNTED_MS);
	job_await(&refused, "failed", COUNTED_MS);
	assert_memory_equal(reply_text(job_show(&refused), "reason"),
			    "rejected: ", 10);
	return refused;
}

static void test_refused_and_replayed(void **state)
{
	struct talk talk;
	struct job job = post_refused(&talk);

	store_execute("ALTER TABLE messages DROP CONSTRAINT test_refuses");
	confabctl(0, "dead-letters", "replay", store_letter(talk.application),
		  NULL);
	job_await(&job, "indexed", DRAINED_MS);
	store_execute("DELETE FROM messages WHERE body LIKE 'refused%%'");
	refuse(state);
}

static bool was_dropped(void *context)
{
	const struct http_reply *reply = job_show(context);

	assert_status(reply, 200);
	return strcmp(reply_text(reply, "status"), "failed") == 0 &&
	       strncmp(reply_text(reply, "reason"), "dropped: ", 9) == 0;
}

static void test_refused_and_dropped(void **state)
{
	struct talk talk;
	struct job job = post_refused(&talk);

	(void)state;
	confabctl(0, "dead-letters", "drop", store_letter(talk.application),
		  "--yes");
	assert_becomes(was_dropped, &job, COUNTED_MS);
}

/* ---- somebody else's failure under the same number ---- */

static void test_an_impostor_changes_nothing(void **state)
{
	struct talk talk;
	struct job job;

	(void)state;
	create_talk(&talk, NULL, 0);
	job = job_post_message(talk.token, "genuine");
	job_await(&job, "indexed", STORED_MS);
	broker_publish("message.created", broker_event(&talk, 1, "impostor"));
	assert_becomes(has_letter, &talk, COUNTED_MS);
	assert_true(job_is(&job, "indexed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_and_replayed),
		cmocka_unit_test(test_replayed_in_vain),
		cmocka_unit_test(test_collided_and_dropped),
		cmocka_unit_test_setup_teardown(test_refused_and_replayed,
						refuse, refuse_no_more),
		cmocka_unit_test_setup_teardown(test_refused_and_dropped,
						refuse, refuse_no_more),
		cmocka_unit_test(test_an_impostor_changes_nothing),
	};

	return cmocka_run_group_tests_name("job_failures", tests, NULL, NULL);
}
