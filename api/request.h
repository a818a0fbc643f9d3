#ifndef CONFAB_API_REQUEST_H
#define CONFAB_API_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/answer.h"
#include "api/committer.h"
#include "api/dialect.h"
#include "common/buf.h"
#include "common/trace.h"

/*
 * One HTTP request from its first line to its answer. It belongs to the
 * connection's thread until all of it is there, then to whoever works on it,
 * and to the connection's thread again once resumed. Exactly one owner at a
 * time, so it needs no lock.
 */
#define REQUEST_BODY_MAX (512u * 1024u)
#define REQUEST_TOKEN_LENGTH 32u
#define REQUEST_WAIT_MAX_S 30u
#define REQUEST_DEADLINE_MS 10000
/* A larger body is not worth waiting for its end; a smaller one is read, so
 * that the connection goes on after the refusal. */
#define REQUEST_SWALLOW_MAX (4u * 1024u * 1024u)
#define REQUEST_TOO_LARGE "A request body may have 512 KiB."

struct connection;
struct route;
struct server;

struct request {
	struct server *server;
	struct connection *connection;
	bool owed; /* all of it came: its answer is waited for at a stop */

	/* what came; texts live as long as the request */
	char *target;	   /* the path, unescaped; the query stands behind it */
	const char *query; /* valid; or NULL */
	bool bad_target;
	const struct dialect *dialect;
	const struct route *route;
	char token[REQUEST_TOKEN_LENGTH + 1];
	uint64_t chat_number, number;
	const char *job_id;
	const char *content_type, *authorization;
	const char *idempotency_key; /* or NULL */
	unsigned wait_s;	     /* Prefer: wait=N; 0: none */
	char request_id[TRACE_REQUEST_MAX + 1];
	char traceparent[TRACE_PARENT_LENGTH + 1]; /* "": none came */
	bool named;   /* request_id is the client's own */
	bool traced;  /* the logs tell of its way, see tracing.h */
	bool expects; /* the client waits for a word before it sends the body */
	bool at_once; /* a refusal does not wait for the body */
	struct buf body;
	bool body_too_large;
	size_t body_seen;

	/* what the body said; the text points into `text` or the body */
	const char *value;
	size_t value_length;
	char *text;

	/* what is known of the parent */
	uint64_t application_id;
	uint32_t generation; /* of the numbers, before any look at rows */
	struct commit commit;

	int64_t started_us, deadline_ms;
	struct answer answer;
	struct request *next; /* in the queue of whoever works on it */
};

static inline struct request *request_of_commit(struct commit *commit)
{
	return (struct request *)((char *)commit -
				  offsetof(struct request, commit));
}

/* NULL when memory is out. `uri` is the request target as it came. */
struct request *request_new(struct server *server, const char *uri);
void request_free(struct request *request);

#endif
