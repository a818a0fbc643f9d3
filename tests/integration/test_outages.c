#include <stdlib.h>
#include <string.h>

#include "tests/integration/broker.h"
#include "tests/integration/harness.h"
#include "tests/integration/load.h"
#include "tests/integration/processes.h"
#include "tests/integration/stores.h"

/* What works while a server is away, and that all comes back by itself. */

static void assert_refused(const struct http_reply *reply)
{
	assert_status(reply, 503);
	assert_non_null(http_header(reply, "Retry-After"));
	assert_true(http_has_type(reply, "application/problem+json"));
	assert_true(reply->took_ms < REFUSED_MS);
}

/* ---- SQL and Elasticsearch ---- */

static bool sql_reads_are_refused(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply = api(
		"GET", NULL, "/applications/%s/chats/1/messages", talk->token);

	if (reply->status != 503)
		return false;
	assert_non_null(http_header(reply, "Retry-After"));
	return true;
}

static bool degraded(void *context)
{
	const struct http_reply *reply = api("GET", NULL, "/ready");

	(void)context;
	assert_status(reply, 200);
	assert_members(reply, "dependencies",
		       "mysql redis rabbitmq elasticsearch");
	return strcmp(reply_text(reply, "status"), "degraded") == 0;
}

/* Both processes know the application when they have seen it. */
static void introduce(const struct talk *talk)
{
	create_message(talk->token, 1, "known to the API");
	assert_status(ingest("POST", "{\"body\":\"known to ingest\"}",
			     "/applications/%s/chats/1/messages", talk->token),
		      202);
}

static void test_sql_and_search_away(void **state)
{
	struct load load = { .count = 500, .both_ports = true };
	uint64_t new_chat;
	struct talk talk;

	(void)state;
	load_prepare(&load, &talk, 3);
	introduce(&talk);
	stack_stop(sql_service());
	stack_stop("elasticsearch");
	load_run(&load);
	new_chat = create_chat(talk.token);
	assert_int_equal(new_chat, 4);
	assert_int_equal(create_message(talk.token, new_chat, "to a new chat"),
			 1);
	assert_becomes(sql_reads_are_refused, &talk, REFUSED_MS);
	assert_becomes(degraded, NULL, COUNTED_MS);
	stack_start(sql_service());
	stack_start("elasticsearch");
	/* the three that the load does not know */
	load.sent += 3;
	load_verify(&load);
	assert_int_equal(store_rows(talk.application), load.count + 3);
	load_release(&load);
}

/* ---- Redis, RabbitMQ ---- */

static bool creates_work(void *context)
{
	const struct talk *talk = context;
	const struct http_reply *reply =
		api("POST", "{\"body\":\"again\"}",
		    "/applications/%s/chats/1/messages", talk->token);

	if (reply->status != 202)
		assert_refused(reply);
	return reply->status == 202;
}

static bool not_ready(void *context)
{
	(void)context;
	return api("GET", NULL, "/ready")->status == 503;
}

static void assert_creates_are_refused(const struct talk *talk)
{
	for (int i = 0; i < 5; i++) {
		assert_refused(api("POST", "{\"body\":\"refused\"}",
				   "/applications/%s/chats/1/messages",
				   talk->token));
		assert_refused(api("POST", NULL, "/applications/%s/chats",
				   talk->token));
		assert_refused(ingest("POST", "{\"body\":\"refused\"}",
				      "/applications/%s/chats/1/messages",
				      talk->token));
	}
}

static void assert_reads_work(const struct talk *talk)
{
	const struct http_reply *reply =
		api("GET", NULL, "/applications/%s", talk->token);

	assert_status(reply, 200);
	reply = api("GET", NULL, "/applications/%s/chats/1/messages/2",
		    talk->token);
	assert_status(reply, 200);
	assert_string_equal(reply_text(reply, "body"), "two");
	reply = api("GET", NULL,
		    "/applications/%s/chats/1/messages/search?q=one",
		    talk->token);
	assert_status(reply, 200);
	assert_int_equal(reply_count(reply, ""), 1);
	assert_status(api("GET", NULL, "/up"), 200);
}

/* one and two of the talk, two of introduce(), one when all was back */
#define STORED_ROWS 5

static bool drained_rows(void *context)
{
	const struct talk *talk = context;
	uint64_t rows = store_rows(talk->application);

	return rows >= STORED_ROWS &&
	       store_documents(talk->application) == rows &&
	       store_counts_are_right(talk->application);
}

static void refuse_while_away(const char *service)
{
	static const char *const texts[] = { "one", "two" };
	pid_t api_pid = stack_pid("api"), ingest_pid = stack_pid("ingest");
	struct talk talk;

	create_talk(&talk, texts, 2);
	introduce(&talk);
	stack_stop(service);
	assert_creates_are_refused(&talk);
	assert_reads_work(&talk);
	assert_becomes(not_ready, NULL, COUNTED_MS);
	stack_start(service);
	assert_becomes(creates_work, &talk, DRAINED_MS);
	assert_becomes(drained_rows, &talk, DRAINED_MS);
	/* nobody had to be restarted */
	assert_int_equal(stack_pid("api"), api_pid);
	assert_int_equal(stack_pid("ingest"), ingest_pid);
	/* and what was refused did not happen */
	assert_int_equal(store_rows(talk.application), STORED_ROWS);
	assert_int_equal(store_chats(talk.application), 1);
}

static void test_redis_away(void **state)
{
	(void)state;
	refuse_while_away("redis");
}

static void test_rabbitmq_away(void **state)
{
	(void)state;
	refuse_while_away("rabbitmq");
}

/* ---- a server that dies under load ---- */

struct killing {
	const char *service;
	pid_t killed;
};

static void kill_once(struct load *load)
{
	struct killing *killing = load->context;

	if (killing->killed == 0 && load->acknowledged >= load->count / 3)
		killing->killed = stack_kill(killing->service);
}

/* `forgiving`: creates need that server, so some are refused meanwhile. */
static void kill_server(const char *service, bool forgiving)
{
	struct killing killing = { .service = service };
	struct load load = { .count = 3000,
			     .forgiving = forgiving,
			     .step = kill_once,
			     .context = &killing };
	struct talk talk;

	load_prepare(&load, &talk, 5);
	load_run(&load);
	assert_true(killing.killed > 0);
	stack_start(service); /* it is on its way: waits until it answers */
	load_verify(&load);
	assert_becomes(broker_is_drained, NULL, DRAINED_MS);
	load_release(&load);
}

static void test_redis_killed(void **state)
{
	(void)state;
	kill_server("redis", true);
}

static void test_rabbitmq_killed(void **state)
{
	(void)state;
	kill_server("rabbitmq", true);
}

static void test_sql_killed(void **state)
{
	(void)state;
	kill_server(sql_service(), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_sql_and_search_away,
					  stack_repair),
		cmocka_unit_test_teardown(test_redis_away, stack_repair),
		cmocka_unit_test_teardown(test_rabbitmq_away, stack_repair),
		cmocka_unit_test_teardown(test_redis_killed, stack_repair),
		cmocka_unit_test_teardown(test_rabbitmq_killed, stack_repair),
		cmocka_unit_test_teardown(test_sql_killed, stack_repair),
	};

	return cmocka_run_group_tests_name("outages", tests, NULL, NULL);
}
