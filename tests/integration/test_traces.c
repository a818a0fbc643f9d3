#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

/* A request that asks for it is found by its id in the logs of all daemons that
 * had to do with it, and no other one is. */

#define SPAN "00f067aa0ba902b7"

static struct talk talk;
static int64_t since_ms;
static const char *const texts[] = { "first" };

static int prepare(void **state)
{
	(void)state;
	since_ms = clock_wall_ms();
	create_talk(&talk, texts, 1);
	return 0;
}

/* Of this run; logs outlive one. Valid until the next call. */
static const char *fresh_id(const char *name)
{
	static char id[64];

	snprintf(id, sizeof(id), "%s-%llx", name,
		 (unsigned long long)clock_wall_ms());
	return id;
}

static const char *fresh_trace(void)
{
	static char trace[33];

	snprintf(trace, sizeof(trace), "%032llx",
		 (unsigned long long)clock_monotonic_us());
	return trace;
}

struct sought {
	const char *service;
	const char *event; /* the word of its log line */
	const char *id;
};

/* A line of that service that has both. */
static bool is_told(void *context)
{
	const struct sought *sought = context;
	char text[256];

	snprintf(text, sizeof(text), "%s request=%s", sought->event,
		 sought->id);
	return broker_log_says(sought->service, since_ms, text);
}

static bool names_trace(void *context)
{
	const struct sought *sought = context;
	char text[256];

	snprintf(text, sizeof(text), "trace=%s", sought->id);
	return broker_log_says(sought->service, since_ms, text);
}

static const struct sought stages[] = {
	{ "api", "confab-api answered", NULL },
	{ "persister", "persister stored", NULL },
	{ "indexer", "indexer indexed", NULL },
	{ "counter", "counter counted", NULL },
};

static void assert_way_is_told(const char *id, condition_fn *condition)
{
	for (size_t i = 0; i < COUNT_OF(stages); i++) {
		struct sought sought = stages[i];

		sought.id = id;
		assert_becomes(condition, &sought, STORED_MS);
	}
}

/* After a message that came later was settled everywhere. */
static void assert_nowhere(const char *word)
{
	char header[128];
	const char *id = fresh_id("later");

	snprintf(header, sizeof(header), "X-Request-Id: %s", id);
	assert_status(api_with(header, "POST", "{\"body\":\"x\"}",
			       "/applications/%s/chats/1/messages", talk.token),
		      202);
	assert_way_is_told(id, is_told);
	for (size_t i = 0; i < COUNT_OF(stages); i++)
		if (broker_log_says(stages[i].service, since_ms, word))
			fail_msg("the log of %s says \"%s\"", stages[i].service,
				 word);
}

static const struct http_reply *post(const char *headers)
{
	return api_with(headers, "POST", "{\"body\":\"some text\"}",
			"/applications/%s/chats/%u/messages", talk.token,
			(unsigned)talk.chat);
}

static void test_request_id_through_all_logs(void **state)
{
	char header[128];
	const char *id = fresh_id("abc");

	(void)state;
	snprintf(header, sizeof(header), "X-Request-Id: %s", id);
	assert_status(post(header), 202);
	assert_way_is_told(id, is_told);
}

static void test_trace_through_all_logs(void **state)
{
	char header[128];
	const char *trace = fresh_trace();

	(void)state;
	snprintf(header, sizeof(header), "traceparent: 00-%s-" SPAN "-01",
		 trace);
	assert_status(post(header), 202);
	assert_way_is_told(trace, names_trace);
}

static void test_trace_that_is_not_sampled(void **state)
{
	char header[128], trace[40];

	(void)state;
	snprintf(trace, sizeof(trace), "%s", fresh_trace());
	snprintf(header, sizeof(header), "traceparent: 00-%s-" SPAN "-00",
		 trace);
	assert_status(post(header), 202);
	assert_nowhere(trace);
}

static void test_trace_that_is_repeated(void **state)
{
	char headers[256], trace[40];

	(void)state;
	snprintf(trace, sizeof(trace), "%s", fresh_trace());
	snprintf(headers, sizeof(headers),
		 "traceparent: 00-%s-" SPAN "-01\n"
		 "traceparent: 00-%s-" SPAN "-01",
		 trace, trace);
	assert_status(post(headers), 202);
	assert_nowhere(trace);
}

/* The row is changed before the event is sent: the persister and the counter
 * have nothing to do. */
static void test_edit(void **state)
{
	const char *id = fresh_id("edit");
	struct sought answered = { "api", "confab-api answered", id };
	struct sought indexed = { "indexer", "indexer indexed", id };
	struct sought stored = { "persister", "persister stored", id };
	char header[128];

	(void)state;
	snprintf(header, sizeof(header), "X-Request-Id: %s", id);
	assert_status(api_with(header, "PATCH", "{\"body\":\"edited\"}",
			       "/applications/%s/chats/1/messages/1",
			       talk.token),
		      200);
	assert_becomes(is_told, &answered, STORED_MS);
	assert_becomes(is_told, &indexed, STORED_MS);
	assert_false(is_told(&stored));
}

static bool names_request(void *context)
{
	return broker_log_says("persister", since_ms, context);
}

static void test_dead_letter(void **state)
{
	const char *id = fresh_id("dead");
	char line[1024], text[128];

	(void)state;
	/* number 1 belongs to another event */
	snprintf(line, sizeof(line), "{\"request_id\":\"%s\",%s", id,
		 broker_event(&talk, 1, "x") + 1);
	broker_publish("message.created", line);
	snprintf(text, sizeof(text), " request=%s", id);
	assert_becomes(names_request, text, STORED_MS);
	assert_true(broker_log_says("persister", since_ms, "dead_letter"));
}

/* ---- what is not told ---- */

static void test_token_as_an_id(void **state)
{
	char header[128];

	(void)state;
	snprintf(header, sizeof(header), "X-Request-Id: a-%s", talk.token);
	assert_status(post(header), 202);
	assert_nowhere(talk.token);
}

/* ---- what the events carry ---- */

struct copied {
	const char *text;
	bool found, has_id, has_trace;
};

static void look(void *context, const struct broker_message *message)
{
	struct copied *copied = context;

	if (!strstr(message->payload, copied->text))
		return;
	copied->found = true;
	copied->has_id = strstr(message->payload, "\"request_id\"") != NULL;
	copied->has_trace = strstr(message->payload, "\"traceparent\"") != NULL;
}

static bool has_come(void *context)
{
	struct copied *copied = context;

	broker_take("test.copy", look, copied);
	return copied->found;
}

/* What the event of a message with that text carries. */
static struct copied copy_of(const char *url, const char *headers,
			     const char *text)
{
	struct copied copied = { .text = text };
	char path[256], body[128];

	snprintf(path, sizeof(path), "%s/applications/%s/chats/1/messages", url,
		 talk.token);
	snprintf(body, sizeof(body), "{\"body\":\"%s\"}", text);
	assert_status(http_send("POST", headers, body, path), 202);
	assert_becomes(has_come, &copied, STORED_MS);
	return copied;
}

static void test_events_carry_what_was_asked_for(void **state)
{
	const char *url = setting("CONFAB_API_URL");
	struct copied copied;
	char header[128];

	(void)state;
	copied = copy_of(url, NULL, "nobody asks");
	assert_false(copied.has_id);
	assert_false(copied.has_trace);
	copied = copy_of(url, "X-Request-Id: asks", "somebody asks");
	assert_true(copied.has_id);
	assert_false(copied.has_trace);
	snprintf(header, sizeof(header), "traceparent: 00-%s-" SPAN "-01",
		 fresh_trace());
	copied = copy_of(url, header, "somebody traces");
	assert_true(copied.has_id);
	assert_true(copied.has_trace);
}

static void test_none_are_told(void **state)
{
	struct worker own;

	(void)state;
	worker_start_with("api", "CONFAB_TRACE_RATE=0", &own);
	assert_false(copy_of(worker_url(&own), "X-Request-Id: asks",
			     "nobody is heard")
			     .has_id);
	assert_int_equal(
		metric_sum(own.metrics_url, "confab_traced_requests_total"), 0);
	assert_true(metric_sum(own.metrics_url,
			       "confab_untraced_requests_total") > 0);
	worker_stop(&own);
}

/* However many seconds it takes, of 50 requests one in each is told of. */
static void test_the_rate_is_bounded(void **state)
{
	struct worker own;
	uint64_t told, left_out;
	int64_t began_ms;
	char url[128];

	(void)state;
	worker_start_with("api", "CONFAB_TRACE_RATE=1", &own);
	snprintf(url, sizeof(url), "%s/up", worker_url(&own));
	began_ms = clock_monotonic_ms();
	for (unsigned i = 0; i < 50; i++)
		assert_status(http_send("GET", "X-Request-Id: asks", NULL, url),
			      200);
	told = metric_sum(own.metrics_url, "confab_traced_requests_total");
	left_out =
		metric_sum(own.metrics_url, "confab_untraced_requests_total");
	assert_int_equal(told + left_out, 50);
	assert_true(told >= 1);
	assert_true((int64_t)told <=
		    (clock_monotonic_ms() - began_ms) / 1000 + 2);
	worker_stop(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_id_through_all_logs),
		cmocka_unit_test(test_trace_through_all_logs),
		cmocka_unit_test(test_trace_that_is_not_sampled),
		cmocka_unit_test(test_trace_that_is_repeated),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_dead_letter),
		cmocka_unit_test(test_token_as_an_id),
		cmocka_unit_test_setup_teardown(
			test_events_carry_what_was_asked_for,
			broker_copy_set_up, broker_copy_take_down),
		cmocka_unit_test_setup_teardown(test_none_are_told,
						broker_copy_set_up,
						broker_copy_take_down),
		cmocka_unit_test(test_the_rate_is_bounded),
	};

	return cmocka_run_group_tests_name("traces", tests, prepare, NULL);
}
