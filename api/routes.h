#ifndef CONFAB_API_ROUTES_H
#define CONFAB_API_ROUTES_H

#include <stdbool.h>

#include "api/request.h"

struct lookup;
struct worker;

enum route_method { METHOD_GET, METHOD_POST, METHOD_PATCH, METHODS };

enum route_work {
	WORK_INLINE, /* answered by the connection's thread, must not block */
	WORK_POOL,   /* by a thread that has SQL, Redis and the engine */
	WORK_CREATE  /* by the committer */
};

struct route {
	enum route_method method; /* HEAD goes with GET, PUT with PATCH */
	/* Behind the dialect's prefix, or (`system`) from the root. ":token",
	 * ":chat", ":number", ":job" take one segment. */
	const char *pattern;
	bool system;
	bool operator_only;
	bool ingest; /* served by the ingest role too */
	enum route_work work;
	/* Looks at body and query in the connection's thread; may be NULL.
	 * Setting an answer ends the request. */
	void (*prepare)(struct request *request);
	/* Sets the answer. With WORK_CREATE: hands the request on. */
	void (*handle)(struct request *request, struct worker *worker);
	/* With WORK_POOL: tried first, many requests at once; may be NULL. */
	const struct lookup *lookup;
};

/*
 * Finds the route of the request's method and path and fills its parameters.
 * False: the answer (404, 405 or OPTIONS) is set.
 */
bool routes_find(struct request *request, const char *method, bool ingest)
	__attribute__((warn_unused_result));

#endif
