#ifndef CONFAB_API_WORKER_H
#define CONFAB_API_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "api/request.h"
#include "common/elastic.h"
#include "common/sql.h"

/*
 * The pool that answers what needs SQL or the search engine: DATABASE_POOL
 * threads with a connection each, and one queue of suspended requests.
 */
struct worker {
	struct server *server;
	struct sql *sql;
	struct elastic *elastic; /* NULL without an engine */
};

struct pool;

struct pool *pool_new(struct server *server, unsigned threads);
/* Answers what waits with 503, then stops. */
void pool_free(struct pool **pool);
/* Any thread. */
void pool_submit(struct pool *pool, struct request *request);

/* Turns a failed SQL call into the answer: 503. Logs it on change. */
void worker_sql_failed(struct request *request, const struct error *error);

#endif
