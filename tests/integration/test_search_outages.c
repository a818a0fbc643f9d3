#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/faults.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* The search engine stopped, frozen and started again under searches: each one
 * is answered, completely, in time, and says by whom. */

enum { CONNECTIONS = 4, MESSAGES = 30, CONTROL_EVERY = 2 };

/* What the product promises of a search, on a machine that has time for it. */
#define PROMISED_MS 1500
/* How much longer a search may take than a request that does nothing, on one
 * that does not. */
#define CONTROL_ROOM 8

#define BEFORE 60 /* searches before the fault */
#define AFTER 300 /* and while it lasts */

struct crowd {
	const struct talk *talk;
	unsigned asked, limit;
	unsigned by_engine, by_sql;
	int64_t slowest_ms;	    /* search */
	int64_t slowest_control_ms; /* GET /up, on the same connections */
	void (*fault)(void);
	unsigned fault_at;
	unsigned timed_from; /* making the fault held those before up */
};

/* Every other request is one that does nothing: it tells what the machine makes
 * of any request. */
static bool ask_next(void *context, struct http_call *call)
{
	struct crowd *crowd = context;

	if (crowd->asked == crowd->limit)
		return false;
	call->tag = crowd->asked++;
	call->method = "GET";
	if (call->tag % CONTROL_EVERY == 0)
		buf_printf(&call->url, "%s/up", setting("CONFAB_API_URL"));
	else
		buf_printf(&call->url,
			   "%s/applications/%s/chats/1/messages/search"
			   "?q=outa&limit=100",
			   setting("CONFAB_API_URL"), crowd->talk->token);
	return true;
}

static void keep_slowest(const struct crowd *crowd, int64_t *slowest_ms,
			 const struct http_call *call,
			 const struct http_reply *reply)
{
	if (call->tag >= crowd->timed_from && reply->took_ms > *slowest_ms)
		*slowest_ms = reply->took_ms;
}

static int take_answer(void *context, const struct http_call *call,
		       const struct http_reply *reply)
{
	struct crowd *crowd = context;
	const char *engine;

	assert_status(reply, 200);
	if (call->tag % CONTROL_EVERY == 0) {
		keep_slowest(crowd, &crowd->slowest_control_ms, call, reply);
		return 0;
	}
	keep_slowest(crowd, &crowd->slowest_ms, call, reply);
	engine = http_header(reply, "X-Search-Engine");
	assert_non_null(engine);
	crowd->by_engine += strcmp(engine, "elasticsearch") == 0;
	crowd->by_sql += strcmp(engine, "sql") == 0;
	if (!http_header(reply, "X-Search-Truncated"))
		assert_int_equal(reply_count(reply, ""), MESSAGES);
	return 5;
}

static void break_once(void *context)
{
	struct crowd *crowd = context;

	if (!crowd->fault || crowd->asked < crowd->fault_at)
		return;
	crowd->fault();
	crowd->fault = NULL;
	crowd->timed_from = crowd->asked;
}

static void search_through(const struct talk *talk, void (*fault)(void),
			   struct crowd *crowd)
{
	const struct http_many many = { .connections = CONNECTIONS,
					.next = ask_next,
					.done = take_answer,
					.step = break_once,
					.context = crowd };
	int64_t allowed_ms;

	*crowd = (struct crowd){ .talk = talk,
				 .limit = BEFORE + AFTER,
				 .fault = fault,
				 .fault_at = BEFORE };
	http_many_run(&many);
	assert_null(crowd->fault);
	assert_int_equal(crowd->by_engine + crowd->by_sql,
			 (BEFORE + AFTER) / CONTROL_EVERY);
	allowed_ms = PROMISED_MS + CONTROL_ROOM * crowd->slowest_control_ms;
	if (crowd->slowest_ms > allowed_ms)
		fail_msg("a search took %lld ms and GET /up %lld ms",
			 (long long)crowd->slowest_ms,
			 (long long)crowd->slowest_control_ms);
}

static bool is_answered_by_engine(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages/search?q=outa",
		talk->token);
	const char *engine;

	assert_status(reply, 200);
	engine = http_header(reply, "X-Search-Engine");
	return engine && strcmp(engine, "elasticsearch") == 0;
}

static void prepare(struct talk *talk)
{
	const char *texts[MESSAGES];

	for (unsigned i = 0; i < MESSAGES; i++)
		texts[i] = "outages are endured";
	create_talk(talk, texts, MESSAGES);
	assert_becomes(is_answered_by_engine, talk, DRAINED_MS);
}

/* In the background, as it takes a while and searches go on. */
static void stop_engine(void)
{
	fault_shell("local/stack stop elasticsearch >'%s' 2>&1 &",
		    fault_path("stop.out"));
}

static void start_engine(void)
{
	fault_shell("local/stack start elasticsearch >'%s' 2>&1 &",
		    fault_path("start.out"));
}

static void freeze_engine(void)
{
	fault_freeze("elasticsearch");
}

static bool is_down(void *unused)
{
	(void)unused;
	return stack_pid("elasticsearch") == 0;
}

static void test_stopped_and_started(void **state)
{
	struct crowd crowd;
	struct talk talk;

	(void)state;
	prepare(&talk);
	search_through(&talk, stop_engine, &crowd);
	assert_becomes(is_down, NULL, DRAINED_MS);
	search_through(&talk, start_engine, &crowd);
	assert_true(crowd.by_sql > 0);
	assert_becomes(is_answered_by_engine, &talk, 3 * DRAINED_MS);
}

static void test_frozen(void **state)
{
	struct crowd crowd;
	struct talk talk;

	(void)state;
	prepare(&talk);
	search_through(&talk, freeze_engine, &crowd);
	assert_true(crowd.by_sql > 0);
	fault_thaw();
	assert_becomes(is_answered_by_engine, &talk, DRAINED_MS);
}

static void kill_engine(void)
{
	stack_kill("elasticsearch");
}

static void test_killed(void **state)
{
	struct crowd crowd;
	struct talk talk;

	(void)state;
	prepare(&talk);
	search_through(&talk, kill_engine, &crowd);
	assert_true(crowd.by_sql > 0);
	assert_becomes(is_answered_by_engine, &talk, 3 * DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_frozen, fault_repair),
		cmocka_unit_test_teardown(test_stopped_and_started,
					  fault_repair),
		cmocka_unit_test_teardown(test_killed, fault_repair),
	};

	return cmocka_run_group_tests_name("search_outages", tests, NULL, NULL);
}
