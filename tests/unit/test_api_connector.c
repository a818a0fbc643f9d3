/* links: api */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

#include "api/connector.h"
#include "common/clock.h"

/* A connection is a heap byte; the first `failing` tries fail. */
struct fake {
	atomic_int made, dropped, failing, wakes;
};

static struct fake fake;

static void *connect_fake(void *context, struct error *error)
{
	void *connection = NULL;

	(void)context;
	if (atomic_fetch_sub(&fake.failing, 1) > 0) {
		error_set(error, FAULT_TEMPORARY, 0, "refused");
	} else {
		connection = malloc(1);
		atomic_fetch_add(&fake.made, 1);
	}
	return connection;
}

static void drop_fake(void *connection)
{
	atomic_fetch_add(&fake.dropped, 1);
	free(connection);
}

static void wake_fake(void *context)
{
	(void)context;
	atomic_fetch_add(&fake.wakes, 1);
}

/* As the committer does: asks and takes in every turn. */
static void *get(struct connector *connector)
{
	int64_t until = clock_monotonic_ms() + 10000;
	void *connection = NULL;

	while (!connection && clock_monotonic_ms() < until) {
		connector_ask(connector);
		connection = connector_take(connector);
		if (!connection)
			clock_sleep_ms(1);
	}
	return connection;
}

static struct connector *new_connector(int failing)
{
	atomic_store(&fake.made, 0);
	atomic_store(&fake.dropped, 0);
	atomic_store(&fake.failing, failing);
	return connector_new(connect_fake, drop_fake, wake_fake, NULL);
}

static void connections_come_again_and_again(void **state)
{
	struct connector *connector = new_connector(0);

	(void)state;
	assert_non_null(connector);
	for (int i = 0; i < 200; i++) {
		void *connection = get(connector);

		assert_non_null(connection);
		free(connection);
	}
	/* none was made that nobody asked for */
	assert_int_equal(atomic_load(&fake.made), 200);
	connector_free(&connector);
	assert_int_equal(atomic_load(&fake.dropped), 0);
}

static void failures_are_tried_again(void **state)
{
	struct connector *connector = new_connector(2);
	void *connection = get(connector);

	(void)state;
	assert_non_null(connection);
	free(connection);
	connector_free(&connector);
}

static void one_that_nobody_took_is_dropped(void **state)
{
	struct connector *connector = new_connector(0);
	int64_t until = clock_monotonic_ms() + 10000;

	(void)state;
	connector_ask(connector);
	while (atomic_load(&fake.made) == 0 && clock_monotonic_ms() < until)
		clock_sleep_ms(1);
	connector_free(&connector);
	assert_int_equal(atomic_load(&fake.dropped), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_come_again_and_again),
		cmocka_unit_test(failures_are_tried_again),
		cmocka_unit_test(one_that_nobody_took_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
