#include "tests/integration/harness.h"
#include "tests/integration/jobs.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* A job says the truth on its usual way: queued, stored, indexed. Jobs that
 * fail: test_job_failures.c. */

static bool document_is_there(void *context)
{
	return store_documents(((const struct talk *)context)->application) ==
	       1;
}

/* ---- the usual way ---- */

static void test_queued(void **state)
{
	struct job chat, message;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	stack_stop("persister");
	chat = job_post_chat(talk.token);
	message = job_post_message(talk.token, "x");
	/* the index is ahead of the rows, and still nothing is stored */
	assert_becomes(document_is_there, &talk, STORED_MS);
	assert_true(job_is(&chat, "queued"));
	assert_true(job_is(&message, "queued"));
	assert_false(reply_has(job_show(&message), "reason"));
	stack_start("persister");
	job_await(&chat, "stored", DRAINED_MS);
	job_await(&message, "indexed", DRAINED_MS);
}

static void test_stored(void **state)
{
	struct job chat, message;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	stack_stop("indexer");
	chat = job_post_chat(talk.token);
	message = job_post_message(talk.token, "x");
	job_await(&chat, "stored", STORED_MS);
	job_await(&message, "stored", STORED_MS);
	stack_start("indexer");
	job_await(&message, "indexed", DRAINED_MS);
	assert_true(job_is(&chat, "stored"));
}

/* What a job calls indexed is found at once. */
static void test_indexed_is_searchable(void **state)
{
	const struct http_reply *reply;
	struct talk talk;

	(void)state;
	create_talk(&talk, NULL, 0);
	for (unsigned i = 1; i <= 5; i++) {
		struct job job = job_post_message(talk.token, "needle");

		job_await(&job, "indexed", STORED_MS);
		reply = api("GET", NULL,
			    "/applications/%s/chats/1/messages/search?q=needle",
			    talk.token);
		assert_header(reply, "X-Search-Engine", "elasticsearch");
		assert_int_equal(reply_count(reply, ""), i);
	}
}

static void test_without_an_engine(void **state)
{
	struct worker other;
	struct talk talk;
	struct job job;

	(void)state;
	create_talk(&talk, NULL, 0);
	worker_start_with("api", "ELASTICSEARCH_URL=", &other);
	job = job_post_message(talk.token, "x");
	job_await(&job, "indexed", STORED_MS);
	job.base = worker_url(&other);
	assert_true(job_is(&job, "stored"));
	worker_stop(&other);
}

/* Ids are good at every process, before and after a restart. */
static void test_every_process_knows_it(void **state)
{
	struct talk talk;
	struct job job;

	(void)state;
	create_talk(&talk, NULL, 0);
	job = job_keep(ingest("POST", "{\"body\":\"x\"}",
			      "/applications/%s/chats/1/messages", talk.token));
	job_await(&job, "indexed", STORED_MS);
	stack_stop("api");
	stack_start("api");
	assert_true(job_is(&job, "indexed"));
	store_execute("DELETE FROM applications WHERE id = %llu",
		      (unsigned long long)talk.application);
	assert_status(job_show(&job), 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_queued, stack_repair),
		cmocka_unit_test_teardown(test_stored, stack_repair),
		cmocka_unit_test(test_indexed_is_searchable),
		cmocka_unit_test(test_without_an_engine),
		cmocka_unit_test_teardown(test_every_process_knows_it,
					  stack_repair),
	};

	return cmocka_run_group_tests_name("job_states", tests, NULL, NULL);
}
