/*
 * The ceiling that accepting is measured against: libmicrohttpd with as many
 * threads as the API, in its fastest mode, answering a constant 202 to every
 * POST once its body has come. Shares no code with the product.
 *
 * usage: bare_202 PORT THREADS
 */
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct MHD_Response *response;

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_length, void **state)
{
	(void)context;
	(void)path;
	(void)method;
	(void)version;
	(void)upload;
	if (!*state) {
		*state = response;
		return MHD_YES;
	}
	if (*upload_length > 0) {
		*upload_length = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_ACCEPTED, response);
}

int main(int argc, char **argv)
{
	static char body[] = "{\"number\":1,\"job_id\":\"SG7nafW0iUjScpKOKjMQ"
			     "CKcXQ43NAQgQKBxZabB0IlRbmCxpW8hZChs\"}";
	struct MHD_Daemon *daemon;
	sigset_t signals;
	int number;

	if (argc != 3) {
		fprintf(stderr, "usage: bare_202 PORT THREADS\n");
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	response = MHD_create_response_from_buffer(sizeof(body) - 1, body,
						   MHD_RESPMEM_PERSISTENT);
	if (!response || MHD_add_response_header(response, "Content-Type",
						 "application/json") != MHD_YES)
		return 1;
	daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)atoi(argv[1]), NULL,
		NULL, handle, NULL, MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned)atoi(argv[2]), MHD_OPTION_CONNECTION_LIMIT, 10000u,
		MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "bare_202: cannot listen on port %s\n",
			argv[1]);
		return 1;
	}
	while (sigwait(&signals, &number) != 0)
		continue;
	MHD_stop_daemon(daemon);
	MHD_destroy_response(response);
	return 0;
}
