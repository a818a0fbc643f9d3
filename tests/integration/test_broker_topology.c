#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/integration/broker_admin.h"
#include "tests/integration/processes.h"
#include "tests/integration/scene.h"
#include "tests/integration/stores.h"

/* Exchange, queues or logins are not what the definitions say, and are put
 * right by importing those once more. The numbers in the names are those of
 * docs/failure-cases.md. */

#define OVER_PREFETCH 100	/* more than a worker takes in hand */
#define BROKEN_MS (5000 * ROOM) /* until creates stop */

/* ---- 9 ---- */

static bool api_says_broken(void *context)
{
	return scene_says(context, "api", "topology-broken");
}

static void test_9_exchange_deleted(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	broker_delete_exchange("confab.events");
	scene_assert_refused(&scene);
	assert_becomes(scene_is_red, NULL, BROKEN_MS);
	for (int i = 0; i < 5; i++)
		scene_assert_refused(&scene);
	assert_becomes(api_says_broken, &scene, REFUSED_MS);
	assert_int_equal(stack_pid("api"), scene.api);
	scene_put_right(&scene);
}

/* ---- 10 ---- */

/* Clock ticks of the processor that it has used. */
static unsigned long long used(pid_t pid)
{
	unsigned long long user, system;
	char path[64], text[1024] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_int_equal(sscanf(strrchr(text, ')'),
				") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
				"%llu %llu",
				&user, &system),
			 2);
	return user + system;
}

static bool persister_waits(void *context)
{
	char url[128];

	stack_metrics_url("persister", url, sizeof(url));
	return metric_sum(url, "confab_consumer_connected") == 0 &&
	       scene_says(context, "persister", "broker_away");
}

static void delete_queue(const char *queue)
{
	struct scene scene;

	scene_begin(&scene);
	broker_delete_queue(queue);
	assert_becomes(scene_is_red, NULL, BROKEN_MS);
	for (int i = 0; i < 5; i++)
		scene_assert_refused(&scene);
	assert_becomes(api_says_broken, &scene, REFUSED_MS);
	scene_put_right(&scene);
}

static void test_10_queue_deleted(void **state)
{
	(void)state;
	delete_queue("confab.persist");
	delete_queue("confab.index");
	delete_queue("confab.count");
}

static void test_10_consumer_waits_for_its_queue(void **state)
{
	unsigned long long before;
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	broker_delete_queue("confab.persist");
	assert_becomes(persister_waits, &scene, BROKEN_MS);
	before = used(scene.persister);
	clock_sleep_ms(3000);
	/* of 300, were it to spin */
	assert_in_range(used(scene.persister) - before, 0, 150);
	scene_put_right(&scene);
}

/* RabbitMQ 3.10 may tell a consumer nothing then, and deliver nothing: the
 * worker finds out when more is ready than it may have in hand. */
static void test_10_queue_replaced_at_once(void **state)
{
	static const char *const queues[] = { "confab.persist", "confab.index",
					      "confab.count" };
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queues); i++) {
		scene_begin(&scene);
		broker_delete_queue(queues[i]);
		broker_import();
		for (int j = 0; j < OVER_PREFETCH; j++)
			assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
		assert_becomes(scene_is_settled, &scene, DRAINED_MS);
		assert_int_equal(stack_pid("persister"), scene.persister);
	}
}

/* ---- 14 ---- */

static bool api_says_refused(void *context)
{
	return scene_says(context, "api", "ACCESS_REFUSED");
}

static void test_14_no_user(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	broker_delete_user("confab-api");
	assert_becomes(scene_is_red, NULL, DRAINED_MS);
	scene_assert_refused(&scene);
	assert_becomes(api_says_refused, &scene, BROKEN_MS);
	scene_put_right(&scene);
}

static bool api_says_no_vhost(void *context)
{
	return scene_says(context, "api", "vhost");
}

static void test_14_no_vhost(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	broker_delete_vhost();
	assert_becomes(scene_is_red, NULL, DRAINED_MS);
	scene_assert_refused(&scene);
	assert_becomes(api_says_no_vhost, &scene, BROKEN_MS);
	scene_put_right(&scene);
}

static bool all_three_are_stored(void *context)
{
	const struct scene *scene = context;

	return store_rows(scene->talk.application) == 3 &&
	       scene_is_settled(context);
}

/* No daemon's login may ask what arguments a queue has; on one node a durable
 * classic queue keeps the promises all the same. */
static void test_14_classic_queue(void **state)
{
	struct scene scene;

	(void)state;
	scene_begin(&scene);
	broker_make_classic("confab.persist", "#");
	assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
	assert_becomes(scene_is_settled, &scene, DRAINED_MS);
	broker_delete_queue("confab.persist");
	assert_becomes(scene_is_red, NULL, BROKEN_MS);
	broker_import();
	assert_becomes(scene_is_accepted, &scene, DRAINED_MS);
	assert_becomes(all_three_are_stored, &scene, DRAINED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_9_exchange_deleted, broker_heal),
		cmocka_unit_test_teardown(test_10_queue_deleted, broker_heal),
		cmocka_unit_test_teardown(test_10_consumer_waits_for_its_queue,
					  broker_heal),
		cmocka_unit_test_teardown(test_10_queue_replaced_at_once,
					  broker_heal),
		cmocka_unit_test_teardown(test_14_no_user, broker_heal),
		cmocka_unit_test_teardown(test_14_no_vhost, broker_heal),
		cmocka_unit_test_teardown(test_14_classic_queue, broker_heal),
	};

	return cmocka_run_group_tests_name("broker topology", tests, NULL,
					   NULL);
}
