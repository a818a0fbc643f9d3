#include "api/connector.h"

#include <stdlib.h>
#include <string.h>

#include "common/background.h"
#include "common/backoff.h"
#include "common/log.h"

#define IDLE_MS 60000

struct connector {
	struct background background; /* its lock guards the next two */
	bool wanted;
	void *connection;
	struct error failure; /* the thread's own: logged on change */
	void *(*connect)(void *context, struct error *error);
	void (*drop)(void *connection);
	void (*wake)(void *context);
	void *context;
};

static bool wanted(struct connector *connector)
{
	bool is;

	pthread_mutex_lock(&connector->background.lock);
	is = connector->wanted;
	pthread_mutex_unlock(&connector->background.lock);
	return is;
}

/* Tries once; true when there is one now. */
static bool make_one(struct connector *connector)
{
	struct error error = ERROR_INIT;
	void *connection = connector->connect(connector->context, &error);

	if (!connection && strcmp(error.text, connector->failure.text) != 0)
		log_event(LOG_WARNING, "cannot-connect",
			  LOG_TEXT("reason", error.text));
	connector->failure = error;
	pthread_mutex_lock(&connector->background.lock);
	if (connection) {
		connector->connection = connection;
		connector->wanted = false;
	}
	pthread_mutex_unlock(&connector->background.lock);
	if (connection)
		connector->wake(connector->context);
	return connection != NULL;
}

static void *run(void *argument)
{
	struct connector *connector = argument;
	struct backoff backoff = { 0 };
	bool going = true;

	while (going) {
		if (!wanted(connector)) {
			going = background_wait(&connector->background,
						IDLE_MS);
		} else if (make_one(connector)) {
			backoff_reset(&backoff);
		} else {
			going = background_sleep(&connector->background,
						 backoff_next(&backoff));
		}
	}
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
	if (!background_start(&connector->background, run, connector)) {
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
	background_stop(&it->background);
	if (it->connection)
		it->drop(it->connection);
	free(it);
	*connector = NULL;
}

void connector_ask(struct connector *connector)
{
	bool news;

	pthread_mutex_lock(&connector->background.lock);
	/* one that waits to be taken is not asked for again: a spare would
	 * only grow stale */
	news = !connector->wanted && !connector->connection;
	if (news)
		connector->wanted = true;
	pthread_mutex_unlock(&connector->background.lock);
	if (news)
		background_wake(&connector->background);
}

void *connector_take(struct connector *connector)
{
	void *connection;

	pthread_mutex_lock(&connector->background.lock);
	connection = connector->connection;
	connector->connection = NULL;
	pthread_mutex_unlock(&connector->background.lock);
	return connection;
}
