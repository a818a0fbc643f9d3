#include "api/handlers.h"
#include "api/http.h"
#include "api/server.h"
#include "api/status.h"
#include "api/topology.h"
#include "api/tracing.h"
#include "api/traffic.h"

/* ---- what is looked up when somebody asks ---- */

enum { MYSQL, REDIS, RABBITMQ, ELASTICSEARCH, DEPENDENCIES };

static struct metric_series dependencies[DEPENDENCIES] = {
	[MYSQL] = { .labels = "dependency=\"mysql\"" },
	[REDIS] = { .labels = "dependency=\"redis\"" },
	[RABBITMQ] = { .labels = "dependency=\"rabbitmq\"" },
	/* shown where there is one */
	[ELASTICSEARCH] = { .labels = NULL },
};
static struct metric_series is_ready = { .labels = "" };
static struct metric_series numbers_open = { .labels = "" };
static struct metric_series numbers_last = { .labels = "" };
static struct metric_series in_flight = { .labels = "" };
static struct metric_series outbox_age = { .labels = "" };
static struct metric_series avoids_engine = { .labels = "" };

static const struct metric_family looked_up[] = {
	{ "confab_ready", "1 while /ready says 200.", METRIC_GAUGE, &is_ready,
	  NULL, 1 },
	{ "confab_dependency_up", "1 while the server answers.", METRIC_GAUGE,
	  dependencies, NULL, DEPENDENCIES },
	{ "confab_numbers_open", "1 while numbers can be given out.",
	  METRIC_GAUGE, &numbers_open, NULL, 1 },
	{ "confab_numbers_generation",
	  "The generation of numbers that opened last; one more with each "
	  "recovery.",
	  METRIC_GAUGE, &numbers_last, NULL, 1 },
	{ "confab_http_requests_in_flight",
	  "Requests that came whole and await their answer.", METRIC_GAUGE,
	  &in_flight, NULL, 1 },
	{ "confab_outbox_oldest_seconds",
	  "How long the oldest edit has waited to be published.", METRIC_GAUGE,
	  &outbox_age, NULL, 1 },
	{ "confab_search_engine_avoided",
	  "1 while Elasticsearch failed so often that it is not asked.",
	  METRIC_GAUGE, &avoids_engine, NULL, 1 },
	{ .name = NULL },
};

static void look_up(struct server *server)
{
	struct committer_health creates = committer_health(server->committer);

	metric_set(&is_ready, server_takes_creates(server));
	metric_set(&dependencies[MYSQL], health_sql(server->health));
	metric_set(&dependencies[REDIS], creates.redis);
	metric_set(&dependencies[RABBITMQ], creates.rabbitmq);
	metric_set(&dependencies[ELASTICSEARCH], health_engine(server->health));
	metric_set(&numbers_open, creates.numbers);
	metric_set(&numbers_last, atomic_load(&server->generation));
	metric_set(&in_flight, http_owed(server->http));
	metric_set(&outbox_age, outbox_age_ms() / 1000);
	metric_set(&avoids_engine, search_avoids_engine());
}

void system_metrics_init(const struct api_config *config)
{
	if (*config->elasticsearch_url)
		dependencies[ELASTICSEARCH].labels =
			"dependency=\"elasticsearch\"";
	traffic_init(config->ingest);
}

/* ---- what is counted as it happens ---- */

static const struct metric_family counted[] = {
	{ "confab_events_accepted_total",
	  "Creates that were answered with a promise.", METRIC_COUNTER,
	  committer_accepted, NULL, 2 },
	{ "confab_accept_seconds",
	  "From submission of a create to the broker's confirm.",
	  METRIC_HISTOGRAM, NULL, &committer_seconds, 1 },
	{ "confab_commit_batches_total", "Group commits.", METRIC_COUNTER,
	  &committer_batches, NULL, 1 },
	{ "confab_commit_batch_size", "Creates in a group commit.",
	  METRIC_HISTOGRAM, NULL, &committer_batch_size, 1 },
	{ "confab_numbers_seconds",
	  "How long Redis took for the numbers of a group commit.",
	  METRIC_HISTOGRAM, NULL, &committer_redis_seconds, 1 },
	{ "confab_confirm_seconds",
	  "From an AMQP message to its confirm by the broker.",
	  METRIC_HISTOGRAM, NULL, &committer_confirm_seconds, 1 },
	{ "confab_amqp_published_total", "AMQP messages published.",
	  METRIC_COUNTER, &committer_published, NULL, 1 },
	{ "confab_amqp_in_flight", "AMQP messages that await their confirm.",
	  METRIC_GAUGE, &committer_in_flight, NULL, 1 },
	{ "confab_creates_refused_total",
	  "Creates that were told 503 and did not happen.", METRIC_COUNTER,
	  &committer_refused, NULL, 1 },
	{ "confab_creates_unsure_total",
	  "Creates that were told 503 with an unknown outcome.", METRIC_COUNTER,
	  &committer_unsure, NULL, 1 },
	{ "confab_outbox_published_total", "Edits handed to the broker.",
	  METRIC_COUNTER, &outbox_published, NULL, 1 },
	{ "confab_queue_messages", "Messages that wait in a queue.",
	  METRIC_GAUGE, topology_messages, NULL, 4 },
	{ "confab_queue_consumers", "Consumers of a queue.", METRIC_GAUGE,
	  topology_consumers, NULL, 4 },
	{ "confab_search_answers_total", "Searches by who was asked last.",
	  METRIC_COUNTER, search_answers, NULL, 2 },
	{ "confab_search_fallbacks_total",
	  "Searches that SQL answered since Elasticsearch did not.",
	  METRIC_COUNTER, &search_fallbacks, NULL, 1 },
	ELASTIC_FAMILIES,
	{ "confab_http_connections", "Open connections.", METRIC_GAUGE,
	  &http_connections, NULL, 1 },
	{ "confab_traced_requests_total",
	  "Requests whose way the logs tell, see CONFAB_TRACE_RATE.",
	  METRIC_COUNTER, &tracing_told, NULL, 1 },
	{ "confab_untraced_requests_total",
	  "Requests with an id of the client's that were over that rate.",
	  METRIC_COUNTER, &tracing_left_out, NULL, 1 },
	{ .name = NULL },
};

void system_metrics(struct request *request, struct worker *worker)
{
	struct buf *body = answer_json(&request->answer, HTTP_OK);

	(void)worker;
	look_up(request->server);
	metrics_render(counted, body);
	metrics_render_families(looked_up, body);
	metrics_render_families(traffic_metrics, body);
	request->answer.content_type =
		"text/plain; version=0.0.4; charset=utf-8";
}
