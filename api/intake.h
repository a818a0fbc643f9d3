#ifndef CONFAB_API_INTAKE_H
#define CONFAB_API_INTAKE_H

#include "api/head.h"
#include "api/request.h"

/*
 * A request on its way in: all of this is the connection's thread's. Whoever
 * sets an answer ends the request: what follows of it is read and dropped.
 */

/* Its head came: headers, path, route, operator key. */
void intake_begin(struct request *request, struct head *head);
/* True when the answer that is set goes out now and the connection is closed,
 * since nobody is to wait for a body that is of no use. */
bool intake_refused_at_once(struct request *request)
	__attribute__((warn_unused_result));
/* A piece of its body came. */
void intake_body(struct request *request, const char *bytes, size_t length);
/* It is not worth waiting for its end; or it has none. */
void intake_endless_body(struct request *request);
void intake_bad_body(struct request *request);
/* All of it came: size, media type, what the route itself looks at. */
void intake_prepare(struct request *request);

#endif
