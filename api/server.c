#include "api/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/handlers.h"
#include "api/http.h"
#include "common/log.h"
#include "common/migrations.h"

#define CONNECT_TIMEOUT_S 2
#define READ_TIMEOUT_S 5
#define DRAIN_MS 10000

static void numbers_changed(void *context, uint32_t generation)
{
	struct server *server = context;

	/* a generation also ends when the system was reset */
	if (generation != 0 &&
	    atomic_exchange(&server->generation, generation) != generation)
		tokens_clear(server->tokens);
	committer_wake(server->committer);
}

/* Host and port: no two processes have the same. */
static bool set_name(struct server *server)
{
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof(host) - 1) != 0)
		return false;
	snprintf(server->name, sizeof(server->name), "%s:%lld", host,
		 (long long)server->config->port);
	return true;
}

static struct committer *new_committer(struct server *server)
{
	const struct api_config *config = server->config;
	struct committer_settings settings = {
		.redis_url = config->redis_url,
		.rabbitmq_url = config->rabbitmq_url,
		.sql = &server->sql_settings,
		.numbers = server->numbers,
		.name = config->ingest ? "confab-ingest" : "confab-api",
		.batch_events = (size_t)config->batch_events,
		.window = (unsigned)config->batches_in_flight,
		.done = creates_done,
	};

	return committer_new(&settings);
}

/* Everything but the listening socket. */
static bool start_parts(struct server *server)
{
	const struct api_config *config = server->config;

	server->tokens = tokens_new();
	server->job_key = job_key_new();
	server->numbers = numbers_new(&server->sql_settings, config->redis_url,
				      server->name, numbers_changed, server);
	if (!server->tokens || !server->job_key || !server->numbers)
		return false;
	server->committer = new_committer(server);
	server->pool = pool_new(server, (unsigned)config->database_pool, false);
	server->readers =
		pool_new(server, (unsigned)config->database_readers, true);
	server->waiter = waiter_new(server);
	server->health = health_new(server);
	if (!config->ingest)
		server->outbox = outbox_new(server);
	/* last, since its thread calls others */
	return server->committer && server->pool && server->readers &&
	       server->waiter && server->health &&
	       (config->ingest || server->outbox) &&
	       numbers_start(server->numbers);
}

struct server *server_new(const struct api_config *config)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->config = config;
	server->sql_settings = (struct sql_settings){
		.host = config->database_host,
		.user = config->database_username,
		.password = config->database_password,
		.database = config->database_name,
		.port = (uint16_t)config->database_port,
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.read_timeout_s = READ_TIMEOUT_S,
		.schema = migrations_latest(),
		.tls = strcmp(config->database_tls, "on") == 0,
	};
	if (!set_name(server) || !start_parts(server)) {
		log_event(LOG_ERROR, "cannot-start",
			  LOG_TEXT("reason", "out of memory or threads"));
		server_free(&server);
		return NULL;
	}
	/* it sets server->http, which the first requests read already */
	if (!http_new(server))
		server_free(&server);
	return server;
}

/* Requests first, then those who work on them, then what they work with. The
 * others may call the committer until their threads have ended. */
void server_free(struct server **server)
{
	struct server *it = *server;

	if (!it)
		return;
	if (it->http) {
		http_quiesce(it->http);
		waiter_hurry(it->waiter);
		if (!http_wait_idle(it->http, DRAIN_MS))
			log_event(LOG_WARNING, "stopping-with-requests");
	}
	committer_stop(it->committer);
	/* it hands on to the other */
	pool_free(&it->readers);
	pool_free(&it->pool);
	waiter_free(&it->waiter);
	http_free(&it->http);
	outbox_free(&it->outbox);
	health_free(&it->health);
	numbers_free(&it->numbers);
	committer_free(&it->committer);
	tokens_free(&it->tokens);
	job_key_free(&it->job_key);
	free(it);
	*server = NULL;
}

bool server_is_alive(const struct server *server)
{
	return committer_turns(server->committer);
}

bool server_takes_creates(const struct server *server)
{
	struct committer_health creates = committer_health(server->committer);

	return creates.redis && creates.rabbitmq && creates.numbers &&
	       job_key_known(server->job_key);
}

void server_finish(struct request *request)
{
	http_resume(request);
}
