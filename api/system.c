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
