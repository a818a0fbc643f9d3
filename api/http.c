#include "api/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/handlers.h"
#include "api/routes.h"
#include "api/server.h"
#include "api/sweeper.h"
#include "common/clock.h"
#include "common/log.h"

struct http {
	struct server *server;
	struct MHD_Daemon *daemon;
	struct sweeper *sweeper;
	atomic_bool stopping;
	_Atomic int64_t working; /* suspended requests */
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
	return answer_send(&request->answer, request->connection,
			   request->request_id);
}

/* Equal in time that does not depend on where they differ. */
static bool same_key(const char *a, const char *b)
{
	size_t length = strlen(b);

	return strlen(a) == length && CRYPTO_memcmp(a, b, length) == 0;
}

/* RFC 6750: "Bearer" and the key. */
static bool check_operator(struct request *request)
{
	const char *theirs = request->authorization;
	const char *ours = request->server->config->operator_key;

	if (!theirs || strncasecmp(theirs, "Bearer ", 7) != 0) {
		answer_problem(&request->answer, MHD_HTTP_UNAUTHORIZED,
			       "This path needs the operator key.");
		request->answer.challenge = true;
		return false;
	}
	theirs += 7 + strspn(theirs + 7, " ");
	if (*ours && same_key(theirs, ours))
		return true;
	answer_problem(&request->answer, MHD_HTTP_FORBIDDEN,
		       "This is not the operator key.");
	return false;
}

/* Before the body comes. Setting an answer ends the request. */
static void begin(struct http *http, struct request *request,
		  const char *method)
{
	if (!request_read_headers(request))
		return;
	if (atomic_load(&http->stopping)) {
		answer_unavailable(&request->answer, "The server is stopping.");
		request->answer.close = true;
		return;
	}
	if (request->bad_target) {
		answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
			       "The path has a bad escape.");
		request->answer.close = true;
		return;
	}
	if (!routes_find(request, method, http->server->config->ingest))
		return;
	if (request->route->operator_only)
		check_operator(request);
}

/* Media types are told apart without their parameters and letter case. */
static bool is_json(const char *type)
{
	size_t length = strcspn(type, "; \t");

	if (length == 16 && strncasecmp(type, "application/json", 16) == 0)
		return true;
	return length > 17 && strncasecmp(type, "application/", 12) == 0 &&
	       strncasecmp(type + length - 5, "+json", 5) == 0;
}

/* After the body came. */
static void prepare(struct request *request)
{
	if (request->answer.status != 0)
		return;
	if (request->body_too_large) {
		answer_problem(&request->answer, MHD_HTTP_CONTENT_TOO_LARGE,
			       "A request body may have 512 KiB.");
	} else if (request->body.failed) {
		answer_unavailable(&request->answer,
				   "The server is out of memory.");
	} else if (request->route->prepare && request->body.length > 0 &&
		   request->content_type && !is_json(request->content_type)) {
		answer_problem(&request->answer,
			       MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			       "The body must be application/json.");
	} else if (request->route->prepare) {
		request->route->prepare(request);
	}
}

static void suspend(struct http *http, struct request *request)
{
	request->state = REQUEST_WORKING;
	request->deadline_ms = clock_monotonic_ms() + REQUEST_DEADLINE_MS;
	atomic_fetch_add(&http->working, 1);
	/* first suspend, then hand over: a resume may come at any time then */
	MHD_suspend_connection(request->connection);
	if (request->route->work == WORK_CREATE &&
	    creates_submit_known(request))
		return;
	pool_submit(http->server->pool, request);
}

static enum MHD_Result run(struct http *http, struct request *request)
{
	prepare(request);
	if (request->answer.status != 0)
		return send_answer(request);
	if (request->route->work == WORK_INLINE) {
		request->route->handle(request, NULL);
		return send_answer(request);
	}
	suspend(http, request);
	return MHD_YES;
}

static void take_body(struct request *request, const char *upload,
		      size_t length)
{
	if (request->answer.status != 0 || request->body_too_large)
		return;
	if (request->body.length + length > REQUEST_BODY_MAX)
		request->body_too_large = true;
	else
		buf_append(&request->body, upload, length);
}

/* ---- what the library calls ---- */

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_length, void **state)
{
	struct http *http = context;
	struct request *request = *state;

	(void)path;
	(void)version;
	if (!request)
		return MHD_NO; /* no memory when the request line came */
	if (request->state == REQUEST_DONE) {
		if (request->route->work == WORK_CREATE)
			creates_render(request);
		return send_answer(request);
	}
	if (!request->connection) {
		request->connection = connection;
		begin(http, request, method);
		/* a length that is too large is refused before the body */
		if (request->answer.status != 0 && request->answer.close)
			return send_answer(request);
		return MHD_YES;
	}
	if (*upload_length > 0) {
		take_body(request, upload, *upload_length);
		*upload_length = 0;
		return MHD_YES;
	}
	sweeper_request_complete(http->sweeper, connection);
	return run(http, request);
}

/* Called with the request line; what it returns becomes *state. */
static void *request_line(void *context, const char *uri,
			  struct MHD_Connection *connection)
{
	struct http *http = context;

	sweeper_request_started(http->sweeper, connection);
	return request_new(http->server, uri);
}

static void completed(void *context, struct MHD_Connection *connection,
		      void **state, enum MHD_RequestTerminationCode why)
{
	struct http *http = context;

	(void)why;
	sweeper_request_ended(http->sweeper, connection);
	request_free(*state);
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

static bool address(const struct api_config *config,
		    struct sockaddr_in6 *address_r)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address_r;

	memset(address_r, 0, sizeof(*address_r));
	if (strchr(config->listen, ':')) {
		address_r->sin6_family = AF_INET6;
		address_r->sin6_port = htons((uint16_t)config->port);
		return inet_pton(AF_INET6, config->listen,
				 &address_r->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)config->port);
	return inet_pton(AF_INET, config->listen, &v4->sin_addr) == 1;
}

static struct MHD_Daemon *start(struct http *http,
				const struct sockaddr_in6 *where)
{
	const struct api_config *config = http->server->config;
	unsigned flags =
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;

	if (where->sin6_family == AF_INET6)
		flags |= MHD_USE_IPv6 | MHD_USE_DUAL_STACK;
	return MHD_start_daemon(
		flags, (uint16_t)config->port, NULL, NULL, handle, http,
		MHD_OPTION_SOCK_ADDR, where, MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned)config->threads, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)config->connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADERS_MAX,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
		request_line, http, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
		NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, http,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, http,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
}

struct http *http_new(struct server *server)
{
	struct http *http = calloc(1, sizeof(*http));
	struct sockaddr_in6 where;

	if (!http)
		return NULL;
	http->server = server;
	if (!address(server->config, &where)) {
		log_event(LOG_ERROR, "bad-address",
			  LOG_TEXT("CONFAB_LISTEN", server->config->listen));
		free(http);
		return NULL;
	}
	/* requests may come before this function returns */
	server->http = http;
	http->sweeper = sweeper_new();
	http->daemon = http->sweeper ? start(http, &where) : NULL;
	if (!http->daemon) {
		log_event(LOG_ERROR, "cannot-listen",
			  LOG_TEXT("address", server->config->listen),
			  LOG_NUMBER("port", server->config->port));
		server->http = NULL;
		sweeper_free(&http->sweeper);
		free(http);
		return NULL;
	}
	return http;
}

void http_quiesce(struct http *http)
{
	atomic_store(&http->stopping, true);
	/* the listening socket is closed with the daemon */
	(void)MHD_quiesce_daemon(http->daemon);
}

bool http_wait_idle(struct http *http, int64_t ms)
{
	int64_t until = clock_monotonic_ms() + ms;

	while (atomic_load(&http->working) > 0) {
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
	MHD_stop_daemon((*http)->daemon);
	sweeper_free(&(*http)->sweeper);
	free(*http);
	*http = NULL;
}

void http_resume(struct http *http, struct request *request)
{
	request->state = REQUEST_DONE;
	atomic_fetch_sub(&http->working, 1);
	MHD_resume_connection(request->connection);
}
