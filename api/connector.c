#include "api/connector.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/sql.h"

struct connector {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool wanted, stopping;
	void *connection;
	struct error failure;
	void *(*connect)(void *context, struct error *error);
	void (*drop)(void *connection);
	void (*wake)(void *context);
	void *context;
};

static void wait_ms(struct connector *connector, int64_t ms)
{
	struct timespec until;

	clock_deadline(ms, &until);
	while (!connector->stopping &&
	       pthread_cond_timedwait(&connector->changed, &connector->lock,
				      &until) != ETIMEDOUT)
		continue;
}

/* Called and returns with the lock held. */
static void try_once(struct connector *connector, struct backoff *backoff)
{
	struct error error = ERROR_INIT;
	void *connection;

	pthread_mutex_unlock(&connector->lock);
	connection = connector->connect(connector->context, &error);
	pthread_mutex_lock(&connector->lock);
	if (!connection) {
		connector->failure = error;
		wait_ms(connector, backoff_next(backoff));
		return;
	}
	backoff_reset(backoff);
	connector->failure.fault = FAULT_NONE;
	connector->connection = connection;
	connector->wanted = false;
	connector->wake(connector->context);
}

static void *run(void *argument)
{
	struct connector *connector = argument;
	struct backoff backoff = { 0 };

	sql_thread_init();
	pthread_mutex_lock(&connector->lock);
	while (!connector->stopping) {
		if (connector->wanted && !connector->connection)
			try_once(connector, &backoff);
		else
			pthread_cond_wait(&connector->changed,
					  &connector->lock);
	}
	pthread_mutex_unlock(&connector->lock);
	sql_thread_release();
	return NULL;
}

struct connector *connector_new(void *(*connect)(void *context,
						 struct error *error),
				void (*drop)(void *connection),
				void (*wake)(void *context), void *context)
{
	struct connector *connector = calloc(1, sizeof(*connector));

	if (!connector)
		return NULL;
	connector->connect = connect;
	connector->drop = drop;
	connector->wake = wake;
	connector->context = context;
	pthread_mutex_init(&connector->lock, NULL);
	clock_cond_init(&connector->changed);
	if (pthread_create(&connector->thread, NULL, run, connector) != 0) {
		free(connector);
		return NULL;
	}
	return connector;
}

void connector_free(struct connector **connector)
{
	struct connector *it = *connector;

	if (!it)
		return;
	pthread_mutex_lock(&it->lock);
	it->stopping = true;
	pthread_cond_broadcast(&it->changed);
	pthread_mutex_unlock(&it->lock);
	pthread_join(it->thread, NULL);
	if (it->connection)
		it->drop(it->connection);
	pthread_cond_destroy(&it->changed);
	pthread_mutex_destroy(&it->lock);
	free(it);
	*connector = NULL;
}

void connector_ask(struct connector *connector)
{
	pthread_mutex_lock(&connector->lock);
	/* one that waits to be taken is not asked for again: a spare would
	 * only grow stale */
	if (!connector->wanted && !connector->connection) {
		connector->wanted = true;
		pthread_cond_broadcast(&connector->changed);
	}
	pthread_mutex_unlock(&connector->lock);
}

void *connector_take(struct connector *connector)
{
	void *connection;

	pthread_mutex_lock(&connector->lock);
	connection = connector->connection;
	connector->connection = NULL;
	pthread_mutex_unlock(&connector->lock);
	return connection;
}

bool connector_failure(struct connector *connector, struct error *error_r)
{
	bool failed;

	pthread_mutex_lock(&connector->lock);
	failed = connector->failure.fault != FAULT_NONE;
	if (failed)
		*error_r = connector->failure;
	pthread_mutex_unlock(&connector->lock);
	return failed;
}
