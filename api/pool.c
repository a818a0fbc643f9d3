#include "api/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/lookup.h"
#include "api/routes.h"
#include "api/server.h"
#include "api/status.h"
#include "common/clock.h"
#include "common/log.h"

struct pool {
	struct server *server;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct request *first, **last;
	bool looks_up; /* first of all, many requests at once */
	unsigned threads;
	pthread_t *ids;
};

/* Waits for requests and takes the first one; for a lookup also those of the
 * same route behind it. 0: the pool stops, and none is left. */
static size_t take(struct pool *pool, struct request *requests_r[LOOKUP_MAX])
{
	size_t max = pool->looks_up ? LOOKUP_MAX : 1, count = 0;

	pthread_mutex_lock(&pool->lock);
	while (!pool->first && !pool->stopping)
		pthread_cond_wait(&pool->changed, &pool->lock);
	while (pool->first && count < max &&
	       (count == 0 || pool->first->route == requests_r[0]->route)) {
		requests_r[count++] = pool->first;
		pool->first = pool->first->next;
	}
	if (!pool->first)
		pool->last = &pool->first;
	pthread_mutex_unlock(&pool->lock);
	return count;
}

static bool is_late(struct request *request)
{
	if (clock_monotonic_ms() < request->deadline_ms)
		return false;
	answer_unavailable(&request->answer, "The server has too much to do.");
	return true;
}

static void work(struct worker *worker, struct request *request)
{
	bool create = request->route->work == WORK_CREATE;

	if (is_late(request)) {
		server_finish(request);
		return;
	}
	request->generation = numbers_generation(worker->server->numbers);
	request->route->handle(request, worker);
	/* a create goes on to the committer, or was finished already */
	if (!create)
		server_finish(request);
}

/* What is not found goes to the other pool, where it is told why. */
static void look_up(struct worker *worker, struct request **requests,
		    size_t count)
{
	struct server *server = worker->server;
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_late(requests[i]))
			server_finish(requests[i]);
		else
			requests[left++] = requests[i];
	}
	if (left == 0)
		return;
	lookup_run(requests[0]->route->lookup, requests, left, worker);
	for (size_t i = 0; i < left; i++) {
		if (requests[i]->answer.status != 0)
			server_finish(requests[i]);
		else
			pool_submit(server->pool, requests[i]);
	}
}

static void refuse(struct request **requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		answer_unavailable(&requests[i]->answer,
				   "The server is out of memory.");
		server_finish(requests[i]);
	}
}

static void *run(void *argument)
{
	struct pool *pool = argument;
	const char *url = pool->server->config->elasticsearch_url;
	struct worker worker = {
		.server = pool->server,
		.sql = sql_new(&pool->server->sql_settings),
		.elastic = *url ? elastic_new(url) : NULL,
	};
	struct request *requests[LOOKUP_MAX];
	size_t count;

	sql_thread_init();
	while ((count = take(pool, requests)) > 0) {
		if (!worker.sql)
			refuse(requests, count);
		else if (pool->looks_up)
			look_up(&worker, requests, count);
		else
			work(&worker, requests[0]);
	}
	promised_release(&worker.promised);
	elastic_free(&worker.elastic);
	sql_free(&worker.sql);
	sql_thread_release();
	return NULL;
}

struct pool *pool_new(struct server *server, unsigned threads, bool looks_up)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->server = server;
	pool->looks_up = looks_up;
	pool->last = &pool->first;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pool->ids = calloc(threads, sizeof(*pool->ids));
	while (pool->ids && pool->threads < threads &&
	       pthread_create(&pool->ids[pool->threads], NULL, run, pool) == 0)
		pool->threads++;
	if (pool->threads < threads)
		pool_free(&pool);
	return pool;
}

void pool_free(struct pool **pool)
{
	struct pool *it = *pool;

	if (!it)
		return;
	pthread_mutex_lock(&it->lock);
	it->stopping = true;
	pthread_cond_broadcast(&it->changed);
	pthread_mutex_unlock(&it->lock);
	for (unsigned i = 0; i < it->threads; i++)
		pthread_join(it->ids[i], NULL);
	free(it->ids);
	pthread_cond_destroy(&it->changed);
	pthread_mutex_destroy(&it->lock);
	free(it);
	*pool = NULL;
}

void pool_submit(struct pool *pool, struct request *request)
{
	request->next = NULL;
	pthread_mutex_lock(&pool->lock);
	*pool->last = request;
	pool->last = &request->next;
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

void worker_sql_failed(struct request *request, const struct error *error)
{
	/* 0: none yet; one line a second at most, whoever meets it */
	static _Atomic int64_t last_ms;
	int64_t now = clock_monotonic_ms();
	int64_t last = atomic_load(&last_ms);

	if ((last == 0 || now - last >= 1000) &&
	    atomic_compare_exchange_strong(&last_ms, &last, now))
		log_event(LOG_WARNING, "sql-failed",
			  LOG_TEXT("reason", error->text),
			  LOG_TEXT("request", request->request_id));
	if (error->fault == FAULT_PERMANENT || error->fault == FAULT_BUG)
		answer_problem(&request->answer, HTTP_INTERNAL_SERVER_ERROR,
			       "The database refused the statement.");
	else
		answer_unavailable(&request->answer, "The database is away.");
}
