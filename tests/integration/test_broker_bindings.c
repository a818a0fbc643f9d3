#include "common/clock.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/processes.h"
#include "tests/integration/scene.h"
#include "tests/integration/stores.h"

/* Case 8 of docs/failure-cases.md: events no longer get to the queues. */

#define LOST_MS (10000 * ROOM) /* until creates stop when only rows show it */
#define STUCK_MS 10000	       /* longer than it takes to find a loss */

static bool api_says_returned(void *context)
{
	return scene_says(context, "api", "event-returned");
}

static void test_8_all_bindings_deleted(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	broker_unbind("confab.persist");
	broker_unbind("confab.index");
	broker_unbind("confab.count");
	for (int i = 0; i < 5; i++)
		scene_assert_refused(&scene);
	assert_becomes(api_says_returned, &scene, REFUSED_MS);
	scene_put_right(&scene);
}

static bool refused_at_last(void *context)
{
	return scene_post(context)->status == 503;
}

static bool api_says_lost(void *context)
{
	return scene_says(context, "api", "events-are-lost");
}

struct newest {
	const struct scene *scene;
	uint64_t number;
};

static bool newest_is_accepted(void *context)
{
	struct newest *newest = context;
	const struct http_reply *reply = scene_post(newest->scene);

	if (reply->status == 202)
		newest->number = reply_number(reply, "number");
	return reply->status == 202;
}

static bool newest_is_stored(void *context)
{
	const struct newest *newest = context;
	const struct talk *talk = &newest->scene->talk;

	return store_number("SELECT COUNT(*) FROM messages WHERE "
			    "application_id = %llu AND number = %llu",
			    (unsigned long long)talk->application,
			    (unsigned long long)newest->number) == 1;
}

/* Nothing is returned, since two queues take each event: the API finds out by
 * itself, and soon. */
static void test_8_binding_of_the_rows_deleted(void **state)
{
	struct scene scene;
	struct newest newest = { .scene = &scene };

	(void)state;
	scene_begin(&scene);
	broker_unbind("confab.persist");
	assert_becomes(refused_at_last, &scene, LOST_MS);
	assert_becomes(api_says_lost, &scene, REFUSED_MS);
	assert_status(api("GET", NULL, "/ready"), 503);
	for (int i = 0; i < 5; i++)
		scene_assert_refused(&scene);
	broker_import();
	assert_becomes(newest_is_accepted, &newest, DRAINED_MS);
	assert_becomes(newest_is_stored, &newest, DRAINED_MS);
	assert_int_equal(stack_pid("api"), scene.api);
}

/* A persister that holds an event in its hands has not lost it. */
static void test_8_stuck_is_not_lost(void **state)
{
	struct scene scene;
	int64_t until;

	(void)state;
	scene_begin(&scene);
	store_execute("SET GLOBAL read_only = 1");
	until = clock_monotonic_ms() + STUCK_MS;
	assert_status(scene_post(&scene), 202);
	while (clock_monotonic_ms() < until) {
		clock_sleep_ms(500);
		assert_status(api("GET", NULL, "/ready"), 200);
	}
	assert_status(scene_post(&scene), 202);
	store_execute("SET GLOBAL read_only = 0");
	assert_becomes(scene_is_settled, &scene, DRAINED_MS);
	assert_int_equal(store_rows(scene.talk.application), 3);
	assert_false(scene_says(&scene, "api", "events-are-lost"));
}

static int heal_writes(void **state)
{
	store_execute("SET GLOBAL read_only = 0");
	return broker_heal(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_8_all_bindings_deleted,
					  broker_heal),
		cmocka_unit_test_teardown(test_8_binding_of_the_rows_deleted,
					  broker_heal),
		cmocka_unit_test_teardown(test_8_stuck_is_not_lost,
					  heal_writes),
	};

	return cmocka_run_group_tests_name("broker bindings", tests, NULL,
					   NULL);
}
