#include "api/tracing.h"

#include <string.h>

#include "api/routes.h"
#include "api/server.h"
#include "common/clock.h"
#include "common/log.h"

/* A shorter part of a key may be there by chance. */
#define SECRET_MIN 8

struct metric_series tracing_told = { .labels = "" };
struct metric_series tracing_left_out = { .labels = "" };

/* So many begin in each second of the clock. Two threads at a second's turn may
 * admit a few more. */
static bool admit(int64_t per_second)
{
	static _Atomic int64_t second;
	static _Atomic int64_t count;
	int64_t now = clock_monotonic_ms() / 1000;
	int64_t before = atomic_load(&second);

	if (before != now &&
	    atomic_compare_exchange_strong(&second, &before, now))
		atomic_store(&count, 0);
	return atomic_fetch_add(&count, 1) < per_second;
}

/* An id in which somebody put what no log may show. */
static bool tells_secret(const struct request *request)
{
	const char *id = request->request_id;

	return (*request->token && strstr(id, request->token)) ||
	       (request->authorization && strlen(id) >= SECRET_MIN &&
		strstr(request->authorization, id));
}

void tracing_decide(struct request *request)
{
	if (!request->named && !(*request->traceparent &&
				 trace_parent_sampled(request->traceparent)))
		return;
	if (request->named && tells_secret(request))
		return;
	request->traced = admit(request->server->config->trace_rate);
	metric_add(request->traced ? &tracing_told : &tracing_left_out, 1);
}

void tracing_mark(const struct request *request, const char **request_id_r,
		  const char **traceparent_r)
{
	*request_id_r = request->traced ? request->request_id : NULL;
	*traceparent_r = request->traced && *request->traceparent
				 ? request->traceparent
				 : NULL;
}

/* The numbers that a create was promised, else those of the path. */
static uint64_t number_of(const struct request *request)
{
	const struct commit *commit = &request->commit;

	if (request->number == 0 && request->route &&
	    request->route->work == WORK_CREATE &&
	    commit->outcome == COMMIT_ACCEPTED)
		return commit->allocation.number;
	return request->number;
}

void tracing_tell(const struct request *request)
{
	char trace[TRACE_ID_LENGTH + 1] = "";

	if (*request->traceparent)
		trace_parent_id(request->traceparent, trace);
	log_event(LOG_INFO, "answered",
		  LOG_TEXT("request", request->request_id),
		  LOG_TEXT("method", routes_method(request->route)),
		  LOG_TEXT("route", routes_pattern(request->route)),
		  LOG_NUMBER("status", request->answer.status),
		  LOG_NUMBER("us", clock_monotonic_us() - request->started_us),
		  LOG_NUMBER("application", request->application_id),
		  LOG_NUMBER("chat", request->chat_number),
		  LOG_NUMBER("number", number_of(request)),
		  LOG_TEXT(*trace ? "trace" : NULL, trace));
}
