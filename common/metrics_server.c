#include "common/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"

struct metrics_server {
	struct MHD_Daemon *http;
	const struct metric_family *families;
	bool (*ready)(void *context);
	void *context;
};

static enum MHD_Result answer(struct MHD_Connection *connection,
			      unsigned status, const char *type,
			      struct buf *body)
{
	size_t length = 0;
	char *text = buf_take(body, &length);
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;

	if (!text)
		return MHD_NO;
	response = MHD_create_response_from_buffer(length, text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (MHD_add_response_header(response, "Content-Type", type) == MHD_YES)
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result serve(struct metrics_server *server,
			     struct MHD_Connection *connection,
			     const char *method, const char *path)
{
	struct buf body = BUF_INIT;
	unsigned status = MHD_HTTP_OK;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		buf_append_text(&body, "{\"error\":\"GET and HEAD only\"}");
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "application/json", &body);
	}
	if (strcmp(path, "/metrics") == 0) {
		metrics_render(server->families, &body);
		return answer(connection, status,
			      "text/plain; version=0.0.4; charset=utf-8",
			      &body);
	}
	if (strcmp(path, "/up") == 0) {
		buf_append_text(&body, "{\"status\":\"up\"}");
	} else if (strcmp(path, "/ready") == 0) {
		bool ready = server->ready(server->context);

		buf_append_text(&body, ready ? "{\"status\":\"ready\"}"
					     : "{\"status\":\"not ready\"}");
		if (!ready)
			status = MHD_HTTP_SERVICE_UNAVAILABLE;
	} else {
		buf_append_text(&body, "{\"error\":\"no such page\"}");
		status = MHD_HTTP_NOT_FOUND;
	}
	return answer(connection, status, "application/json", &body);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_length, void **request)
{
	static int seen;

	(void)version;
	(void)upload;
	if (*upload_length > 0) {
		*upload_length = 0;
		return MHD_YES;
	}
	/* the first call comes before the body; answer at the last */
	if (!*request) {
		*request = &seen;
		return MHD_YES;
	}
	return serve(context, connection, method, path);
}

static bool address(const char *listen, struct sockaddr_in6 *address_r)
{
	char host[64];
	uint16_t port;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address_r;

	memset(address_r, 0, sizeof(*address_r));
	if (!config_listen_parse(listen, host, sizeof(host), &port))
		return false;
	if (strchr(host, ':')) {
		address_r->sin6_family = AF_INET6;
		address_r->sin6_port = htons(port);
		return inet_pton(AF_INET6, host, &address_r->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port);
	return inet_pton(AF_INET, *host ? host : "0.0.0.0", &v4->sin_addr) == 1;
}

struct metrics_server *metrics_server_new(const char *listen,
					  const struct metric_family *families,
					  bool (*ready)(void *context),
					  void *context)
{
	struct metrics_server *server;
	struct sockaddr_in6 where;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;

	if (!address(listen, &where)) {
		errno = EINVAL;
		return NULL;
	}
	server = calloc(1, sizeof(*server));
	if (!server)
		return NULL;
	server->families = families;
	server->ready = ready;
	server->context = context;
	if (where.sin6_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	server->http = MHD_start_daemon(
		flags, ntohs(where.sin6_port), NULL, NULL, handle, server,
		MHD_OPTION_SOCK_ADDR, &where, MHD_OPTION_CONNECTION_LIMIT, 32u,
		MHD_OPTION_CONNECTION_TIMEOUT, 10u,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
		MHD_OPTION_END);
	if (!server->http) {
		free(server);
		return NULL;
	}
	return server;
}

void metrics_server_free(struct metrics_server **server)
{
	if (!*server)
		return;
	MHD_stop_daemon((*server)->http);
	free(*server);
	*server = NULL;
}
