#include "api/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/handlers.h"
#include "api/intake.h"
#include "api/listener.h"
#include "api/loop.h"
#include "api/routes.h"
#include "api/server.h"
#include "api/sweeper.h"
#include "common/clock.h"
#include "common/log.h"

/* Of one connection: target and headers at their longest, the library's notes
 * on some hundred headers, the head of the answer. */
#define MEMORY_MAX (48u * 1024u)
#define LAST_ANSWERS_MS 2000

struct http {
	struct server *server;
	struct loop **loops;
	unsigned loop_count;
	struct sweeper *sweeper;
	atomic_bool stopping;
	int listening;	      /* shared by the loops; -1: none */
	_Atomic int64_t owed; /* requests that came whole, unanswered yet */
};

struct metric_series http_requests[HTTP_STATUS_CLASSES] = {
	{ .labels = "status=\"1xx\"" }, { .labels = "status=\"2xx\"" },
	{ .labels = "status=\"3xx\"" }, { .labels = "status=\"4xx\"" },
	{ .labels = "status=\"5xx\"" },
};
struct metric_series http_connections = { .labels = "" };
struct metric_histogram http_seconds = { .labels = "" };

/* ---- one request ---- */

static enum MHD_Result send_answer(struct request *request)
{
	unsigned class = request->answer.status / 100;

	if (class >= 1 && class <= HTTP_STATUS_CLASSES)
		metric_add(&http_requests[class - 1], 1);
	metric_observe(&http_seconds,
		       clock_monotonic_us() - request->started_us);
	sweeper_answer_started(request->connection,
			       request->answer.body.length);
	return answer_send(&request->answer, request->connection,
			   request->request_id);
}

static void suspend(struct http *http, struct request *request)
{
	request->state = REQUEST_WORKING;
	request->deadline_ms = clock_monotonic_ms() + REQUEST_DEADLINE_MS;
	/* first suspend, then hand over: a resume may come at any time then */
	MHD_suspend_connection(request->connection);
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
	request->state = REQUEST_COMPLETE;
	atomic_fetch_add(&http->owed, 1);
	if (!atomic_load(&http->stopping) || request->answer.status != 0)
		return;
	answer_unavailable(&request->answer, "The server is stopping.");
	request->answer.close = true;
}

/*
 * A connection must not be suspended in the turn in which the library read from
 * it: it would read again on resuming, and if the client has closed its side by
 * then, drop the request with its answer. So the first call only says that all
 * is here; without an answer the library calls again in its next turn.
 */
static enum MHD_Result run(struct http *http, struct request *request)
{
	if (request->state == REQUEST_COMPLETE) {
		suspend(http, request);
		return MHD_YES;
	}
	count_owed(http, request);
	sweeper_request_complete(request->connection);
	intake_prepare(request);
	if (request->answer.status != 0)
		return send_answer(request);
	if (request->route->work != WORK_INLINE)
		return MHD_YES;
	request->route->handle(request, NULL);
	return send_answer(request);
}

/* ---- what the library calls ---- */

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_length, void **state)
{
	struct loop *loop = context;
	struct http *http = loop_context(loop);
	struct request *request = *state;

	(void)path;
	if (!request)
		return MHD_NO; /* no memory when the request line came */
	if (request->state == REQUEST_DONE) {
		if (request->route->work == WORK_CREATE)
			creates_render(request);
		return send_answer(request);
	}
	if (!request->connection) {
		request->connection = connection;
		request->loop = loop;
		intake_begin(request, method, version);
		return intake_refused_at_once(request) ? send_answer(request)
						       : MHD_YES;
	}
	if (*upload_length > 0) {
		intake_body(request, upload, *upload_length);
		*upload_length = 0;
		return MHD_YES;
	}
	return run(http, request);
}

/* Called with the request line; what it returns becomes *state. */
static void *request_line(void *context, const char *uri,
			  struct MHD_Connection *connection)
{
	struct http *http = context;

	sweeper_request_started(connection);
	return request_new(http->server, uri);
}

static void completed(void *context, struct MHD_Connection *connection,
		      void **state, enum MHD_RequestTerminationCode why)
{
	struct http *http = context;
	struct request *request = *state;

	(void)why;
	sweeper_request_ended(connection);
	if (request && request->state != REQUEST_READING)
		atomic_fetch_sub(&http->owed, 1);
	request_free(request);
	*state = NULL;
}

static void connection_changed(void *context, struct MHD_Connection *connection,
			       void **socket_context,
			       enum MHD_ConnectionNotificationCode what)
{
	struct http *http = context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		metric_add(&http_connections, 1);
		*socket_context = sweeper_add(http->sweeper, connection);
	} else {
		metric_add(&http_connections, (uint64_t)-1);
		sweeper_remove(http->sweeper, *socket_context);
	}
}

/* The path is unescaped by us, from the target as it came. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection,
			   char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

/* ---- starting and stopping ---- */

static struct MHD_Daemon *new_daemon(void *context, struct loop *loop,
				     int listening)
{
	struct http *http = context;
	const struct api_config *config = http->server->config;
	unsigned loops = (unsigned)config->threads;
	unsigned connections = (unsigned)config->connections;

	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle,
		loop, MHD_OPTION_LISTEN_SOCKET, listening,
		MHD_OPTION_CONNECTION_LIMIT, (connections + loops - 1) / loops,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX,
		MHD_OPTION_URI_LOG_CALLBACK, request_line, http,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, completed, http,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, http,
		MHD_OPTION_END);
}

static bool start(struct http *http)
{
	unsigned loops = (unsigned)http->server->config->threads;

	http->listening = listener_open(http->server->config);
	http->sweeper = sweeper_new();
	http->loops = calloc(loops, sizeof(struct loop *));
	if (http->listening < 0 || !http->sweeper || !http->loops)
		return false;
	for (unsigned i = 0; i < loops; i++) {
		http->loops[i] = loop_new(new_daemon, http, http->listening);
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
	sweeper_free(&http->sweeper);
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
	request->state = REQUEST_DONE;
	loop_resume(request->loop, request);
}
