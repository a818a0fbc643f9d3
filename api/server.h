#ifndef CONFAB_API_SERVER_H
#define CONFAB_API_SERVER_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "api/committer.h"
#include "api/config.h"
#include "api/health.h"
#include "api/jobs.h"
#include "api/numbers.h"
#include "api/outbox.h"
#include "api/request.h"
#include "api/tokens.h"
#include "api/waiter.h"
#include "api/worker.h"

/* All parts of the API process; made and freed by server_new/free. */
struct server {
	const struct api_config *config;
	struct sql_settings sql_settings;
	char name[HOST_NAME_MAX + 32];
	_Atomic uint32_t generation; /* of the numbers, the last that opened */
	struct numbers *numbers;
	struct committer *committer;
	struct pool *pool, *readers;
	struct tokens *tokens;
	struct waiter *waiter;
	struct outbox *outbox;
	struct health *health;
	struct job_key *job_key;
	struct http *http;
};

/* NULL with the reason on the log. */
struct server *server_new(const struct api_config *config);
/* Takes no new requests, answers those it has, stops. At most about 12 s. */
void server_free(struct server **server);

/* False when a thread that all depends on hangs. */
bool server_is_alive(const struct server *server);
/* What /ready says with 200: Redis and RabbitMQ work, the numbers are open. */
bool server_takes_creates(const struct server *server);

/* Gives a suspended request back to its connection; its answer (or its
 * commit's outcome) is set. Any thread. */
void server_finish(struct request *request);

#endif
