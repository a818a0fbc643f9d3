#ifndef CONFAB_API_WORKER_H
#define CONFAB_API_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "api/promised.h"
#include "api/request.h"
#include "common/elastic.h"
#include "common/sql.h"

/*
 * The pools that answer what needs SQL or the search engine: DATABASE_POOL
 * threads with a connection each, and one queue of suspended requests; and
 * DATABASE_READERS threads that look up single rows.
 */
struct worker {
	struct server *server;
	struct sql *sql;
	struct elastic *elastic; /* NULL without an engine */
	struct promised_link promised;
};

struct pool;

/* `looks_up`: it only runs lookups (lookup.h), many requests at once, and hands
 * on to the server's pool what they do not answer. */
struct pool *pool_new(struct server *server, unsigned threads, bool looks_up);
/* Answers what waits with 503, then stops. */
void pool_free(struct pool **pool);
/* Any thread. */
void pool_submit(struct pool *pool, struct request *request);

/* Turns a failed SQL call into the answer: 503. Logs it on change. */
void worker_sql_failed(struct request *request, const struct error *error);

#endif
