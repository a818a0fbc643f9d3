#include <string.h>

#include "api/handlers.h"
#include "api/http.h"
#include "api/server.h"
#include "api/status.h"

void system_up(struct request *request, struct worker *worker)
{
	(void)worker;
	buf_append_text(answer_json(&request->answer, HTTP_OK),
			"{\"status\":\"up\"}");
}

static void append_state(struct buf *body, const char *name, bool up)
{
	buf_append_text(body, name);
	buf_append_text(body, up ? "\"up\"" : "\"down\"");
}

void system_ready(struct request *request, struct worker *worker)
{
	struct server *server = request->server;
	struct committer_health creates = committer_health(server->committer);
	bool has_engine = *server->config->elasticsearch_url != '\0';
	bool sql = health_sql(server->health);
	bool engine = health_engine(server->health);
	bool open = server_takes_creates(server);
	const char *status = "ok";
	struct buf *body;

	(void)worker;
	if (!open)
		status = "unavailable";
	else if (!sql || (has_engine && !engine))
		status = "degraded";
	body = answer_json(&request->answer,
			   open ? HTTP_OK : HTTP_SERVICE_UNAVAILABLE);
	if (!open)
		request->answer.retry_after_s = 1;
	buf_append_text(body, "{\"status\":\"");
	buf_append_text(body, status);
	append_state(body, "\",\"dependencies\":{\"mysql\":", sql);
	append_state(body, ",\"redis\":", creates.redis);
	append_state(body, ",\"rabbitmq\":", creates.rabbitmq);
	if (has_engine)
		append_state(body, ",\"elasticsearch\":", engine);
	else
		buf_append_text(body, ",\"elasticsearch\":\"none\"");
	buf_append_text(body, "},\"numbers\":\"");
	buf_append_text(body, creates.numbers ? "open" : "recovery");
	buf_append_text(body, "\"}");
}

static const struct metric_family families[] = {
	{ "confab_events_accepted_total",
	  "Creates that were answered with a promise.", METRIC_COUNTER,
	  committer_accepted, NULL, 2 },
	{ "confab_accept_seconds",
	  "From submission of a create to the broker's confirm.",
	  METRIC_HISTOGRAM, NULL, &committer_seconds, 1 },
	{ "confab_commit_batches_total", "Group commits.", METRIC_COUNTER,
	  &committer_batches, NULL, 1 },
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
	{ "confab_http_requests_total", "Answers by class of status.",
	  METRIC_COUNTER, http_requests, NULL, HTTP_STATUS_CLASSES },
	{ "confab_http_request_seconds", "From the request line to the answer.",
	  METRIC_HISTOGRAM, NULL, &http_seconds, 1 },
	{ "confab_http_connections", "Open connections.", METRIC_GAUGE,
	  &http_connections, NULL, 1 },
	{ NULL, NULL, METRIC_COUNTER, NULL, NULL, 0 },
};

void system_metrics(struct request *request, struct worker *worker)
{
	(void)worker;
	metrics_render(families, answer_json(&request->answer, HTTP_OK));
	request->answer.content_type =
		"text/plain; version=0.0.4; charset=utf-8";
}
