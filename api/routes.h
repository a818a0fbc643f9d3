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
	/* ":token", ":chat", ":number", ":job" take one segment. Without
	 * `system` the canonical prefix stands for that of any dialect. */
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

/* So that each can have metrics of its own. An index below ROUTES_COUNT; of
 * NULL (no route), ROUTES_COUNT. */
#define ROUTES_COUNT 23
const struct route *routes_at(size_t index);
size_t routes_index(const struct route *route);
/* As the documents name them, "none" of NULL: for metrics and logs, since they
 * tell nothing of anybody. */
const char *routes_pattern(const struct route *route);
const char *routes_method(const struct route *route);

/*
 * Finds the route of the request's method and path and fills its parameters.
 * False: the answer (404, 405 or OPTIONS) is set.
 */
bool routes_find(struct request *request, const char *method, bool ingest)
	__attribute__((warn_unused_result));

#endif
