#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

/* What the metrics say of requests and of events on their way. */

static char token[TOKEN_SIZE];

static int prepare(void **state)
{
	(void)state;
	create_application(token);
	return create_chat(token) == 1 ? 0 : -1;
}

/* The value of one series, as it stands in the text; the test fails when it is
 * not there. */
static uint64_t series(const char *url, const char *name)
{
	const struct http_reply *reply = http_send("GET", NULL, NULL, url);
	const char *at = reply->body;
	size_t length = strlen(name);

	assert_status(reply, 200);
	while ((at = strstr(at, name)) != NULL &&
	       !(at[-1] == '\n' && at[length] == ' '))
		at += length;
	if (!at)
		fail_msg("%s has no %s", url, name);
	return strtoull(at + length, NULL, 10);
}

static const char *api_metrics(void)
{
	static char url[128];

	snprintf(url, sizeof(url), "%s/metrics", setting("CONFAB_API_URL"));
	return url;
}

static void test_routes_whatever_the_dialect(void **state)
{
	static const char shown[] =
		"confab_http_requests_total{method=\"GET\","
		"route=\"/applications/:token\",status=\"2xx\"}";
	static const char timed[] =
		"confab_http_request_seconds_count{method=\"GET\","
		"route=\"/applications/:token\"}";
	uint64_t before = series(api_metrics(), shown);
	uint64_t times = series(api_metrics(), timed);

	(void)state;
	assert_status(api("GET", NULL, "/applications/%s", token), 200);
	assert_status(api("HEAD", NULL, "/apps/%s/", token), 200);
	assert_status(api("GET", NULL, "/api/v1/chat_applications/%s", token),
		      200);
	assert_int_equal(series(api_metrics(), shown), before + 3);
	assert_int_equal(series(api_metrics(), timed), times + 3);
}

static void test_errors_by_class(void **state)
{
	static const char bad[] =
		"confab_http_requests_total{method=\"POST\","
		"route=\"/applications/:token/chats/:chat/messages\","
		"status=\"4xx\"}";
	static const char none[] = "confab_http_requests_total{method=\"none\","
				   "route=\"none\",status=\"4xx\"}";
	uint64_t before_bad = series(api_metrics(), bad);
	uint64_t before_none = series(api_metrics(), none);

	(void)state;
	assert_status(api("POST", "{\"body\":\"\"}",
			  "/applications/%s/chats/1/messages", token),
		      422);
	assert_status(api("GET", NULL, "/nowhere/%s", token), 404);
	assert_status(api("DELETE", NULL, "/applications/%s", token), 405);
	assert_int_equal(series(api_metrics(), bad), before_bad + 1);
	assert_int_equal(series(api_metrics(), none), before_none + 2);
}

static void test_nothing_of_a_tenant_is_shown(void **state)
{
	(void)state;
	assert_null(strstr(http_send("GET", NULL, NULL, api_metrics())->body,
			   token));
}

struct counted {
	char url[128], name[96];
	uint64_t before;
};

static bool has_risen(void *context)
{
	const struct counted *counted = context;

	return series(counted->url, counted->name) > counted->before;
}

static void test_lag_of_each_event(void **state)
{
	static const char *const services[] = { "persister", "indexer",
						"counter" };
	static const char *const queues[] = { "persist", "index", "count" };
	struct counted counted[COUNT_OF(services)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		stack_metrics_url(services[i], counted[i].url,
				  sizeof(counted[i].url));
		snprintf(counted[i].name, sizeof(counted[i].name),
			 "confab_event_lag_seconds_count"
			 "{queue=\"confab.%s\"}",
			 queues[i]);
		counted[i].before = series(counted[i].url, counted[i].name);
	}
	assert_int_equal(create_message(token, 1, "text"), 1);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		assert_becomes(has_risen, &counted[i], STORED_MS);
}

static void test_time_until_a_count_is_written(void **state)
{
	struct counted counted = { .name = "confab_count_due_seconds_count" };

	(void)state;
	stack_metrics_url("counter", counted.url, sizeof(counted.url));
	counted.before = series(counted.url, counted.name);
	(void)create_message(token, 1, "text");
	assert_becomes(has_risen, &counted, COUNTED_MS);
}

static bool persister_is_seen(void *context)
{
	return series(api_metrics(),
		      "confab_queue_consumers"
		      "{queue=\"confab.persist\"}") == *(uint64_t *)context;
}

static void test_consumers_of_a_queue(void **state)
{
	uint64_t none = 0, one = 1;

	(void)state;
	assert_becomes(persister_is_seen, &one, STORED_MS);
	stack_stop("persister");
	assert_becomes(persister_is_seen, &none, STORED_MS);
	stack_start("persister");
	assert_becomes(persister_is_seen, &one, STORED_MS);
}

static bool has_depth(void *context)
{
	return series(api_metrics(),
		      "confab_queue_messages"
		      "{queue=\"confab.count\"}") >= *(uint64_t *)context;
}

static void test_depth_of_a_queue(void **state)
{
	uint64_t one = 1;

	(void)state;
	stack_stop("counter");
	(void)create_message(token, 1, "text");
	assert_becomes(has_depth, &one, STORED_MS);
	stack_start("counter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes_whatever_the_dialect),
		cmocka_unit_test(test_errors_by_class),
		cmocka_unit_test(test_nothing_of_a_tenant_is_shown),
		cmocka_unit_test(test_lag_of_each_event),
		cmocka_unit_test(test_time_until_a_count_is_written),
		cmocka_unit_test_teardown(test_consumers_of_a_queue,
					  stack_repair),
		cmocka_unit_test_teardown(test_depth_of_a_queue, stack_repair),
	};

	return cmocka_run_group_tests_name("api_metrics", tests, prepare, NULL);
}
