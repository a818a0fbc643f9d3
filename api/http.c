#include "api/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/connection.h"
#include "api/handlers.h"
#include "api/head.h"
#include "api/intake.h"
#include "api/listener.h"
#include "api/loop.h"
#include "api/routes.h"
#include "api/server.h"
#include "api/tracing.h"
#include "api/traffic.h"
#include "common/clock.h"
#include "common/log.h"

#define LAST_ANSWERS_MS 2000

struct http {
	struct server *server;
	struct loop **loops;
	unsigned loop_count;
	atomic_bool stopping;
	int listening;	      /* shared by the loops; -1: none */
	_Atomic int64_t owed; /* requests that came whole, unanswered yet */
};

struct metric_series http_connections = { .labels = "" };

/* ---- one request ---- */

static void hand_over(struct http *http, struct request *request)
{
	request->deadline_ms = clock_monotonic_ms() + REQUEST_DEADLINE_MS;
	if (request->route->work == WORK_CREATE &&
	    creates_submit_known(request))
		return;
	pool_submit(request->route->lookup ? http->server->readers
					   : http->server->pool,
		    request);
}

/* From here on the stop waits for the answer; or, when it has begun already,
 * those who would work on it may be gone. */
static void count_owed(struct http *http, struct request *request)
{
	request->owed = true;
	atomic_fetch_add(&http->owed, 1);
	if (!atomic_load(&http->stopping) || request->answer.status != 0)
		return;
	answer_unavailable(&request->answer, "The server is stopping.");
	request->answer.close = true;
}

/* ---- what connections call ---- */

struct request *http_begin(struct connection *connection, struct head *head)
{
	struct http *http = loop_context(connection->loop);
	struct request *request = request_new(http->server, head->target);

	if (!request)
		return NULL;
	request->connection = connection;
	intake_begin(request, head);
	return request;
}

void http_answer(struct request *request)
{
	traffic_count(request->route, request->answer.status,
		      clock_monotonic_us() - request->started_us);
	if (request->traced)
		tracing_tell(request);
	connection_answer(request->connection, &request->answer,
			  request->request_id);
}

void http_complete(struct request *request)
{
	struct http *http = loop_context(request->connection->loop);

	count_owed(http, request);
	intake_prepare(request);
	if (request->answer.status == 0 &&
	    request->route->work != WORK_INLINE) {
		hand_over(http, request);
		return;
	}
	if (request->answer.status == 0)
		request->route->handle(request, NULL);
	http_answer(request);
}

void http_resumed(struct request *request)
{
	struct connection *connection = request->connection;

	if (request->route->work == WORK_CREATE)
		creates_render(request);
	http_answer(request);
	connection_go_on(connection);
}

void http_ended(struct request *request, bool answered)
{
	struct http *http = loop_context(request->connection->loop);

	if (!answered)
		traffic_count_aborted();
	if (request->owed)
		atomic_fetch_sub(&http->owed, 1);
	request_free(request);
}

/* ---- starting and stopping ---- */

static bool start(struct http *http)
{
	const struct api_config *config = http->server->config;
	unsigned loops = (unsigned)config->threads;
	unsigned connections = (unsigned)config->connections;

	system_metrics_init(config);
	http->listening = listener_open(config);
	http->loops = calloc(loops, sizeof(struct loop *));
	if (http->listening < 0 || !http->loops)
		return false;
	for (unsigned i = 0; i < loops; i++) {
		http->loops[i] = loop_new(http, http->listening,
					  (connections + loops - 1) / loops);
		if (!http->loops[i]) {
			log_event(LOG_ERROR, "cannot-serve",
				  LOG_TEXT("reason", "no memory, descriptors "
						     "or threads"));
			return false;
		}
		http->loop_count++;
	}
	return true;
}

static void release(struct http *http)
{
	for (unsigned i = 0; i < http->loop_count; i++)
		loop_free(&http->loops[i]);
	if (http->listening >= 0)
		close(http->listening);
	free(http->loops);
	free(http);
}

struct http *http_new(struct server *server)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->server = server;
	http->listening = -1;
	/* requests may come before this function returns */
	server->http = http;
	if (start(http))
		return http;
	server->http = NULL;
	release(http);
	return NULL;
}

void http_quiesce(struct http *http)
{
	atomic_store(&http->stopping, true);
	for (unsigned i = 0; i < http->loop_count; i++)
		loop_quiesce(http->loops[i]);
	/* or connections would still queue up here, unheard, though another
	 * process listens at the same address */
	(void)shutdown(http->listening, SHUT_RDWR);
}

bool http_wait_idle(struct http *http, int64_t ms)
{
	int64_t until = clock_monotonic_ms() + ms;

	while (atomic_load(&http->owed) > 0) {
		if (clock_monotonic_ms() >= until)
			return false;
		clock_sleep_ms(5);
	}
	return true;
}

int64_t http_owed(const struct http *http)
{
	return atomic_load(&http->owed);
}

void http_free(struct http **http)
{
	if (!*http)
		return;
	/* answers that were given last are still on their way out */
	(void)http_wait_idle(*http, LAST_ANSWERS_MS);
	release(*http);
	*http = NULL;
}

void http_resume(struct request *request)
{
	loop_resume(request->connection->loop, request);
}
