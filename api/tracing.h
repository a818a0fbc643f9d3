#ifndef CONFAB_API_TRACING_H
#define CONFAB_API_TRACING_H

#include "api/request.h"
#include "common/metrics.h"

/*
 * The way of a request through all logs. A client that sends X-Request-Id, or a
 * traceparent that says sampled, asks for it; CONFAB_TRACE_RATE bounds how many
 * a second are told of. The decision is made here once: the event carries the
 * ids then, and each worker that settles it has a line with them.
 */

/* Sets `traced`, once the route is known. */
void tracing_decide(struct request *request);
/* The ids that the request's event is to carry; NULL when it is not traced.
 * They live as long as the request. */
void tracing_mark(const struct request *request, const char **request_id_r,
		  const char **traceparent_r);
/* The line of a traced request that is being answered. */
void tracing_tell(const struct request *request);

extern struct metric_series tracing_told, tracing_left_out;

#endif
