#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/processes.h"

/* A port that nobody listens on now. */
static unsigned free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr =
					       htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size),
			 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* In the child: never returns. */
static void become(const char *service, unsigned port, const char *changed)
{
	static const char script[] =
		"set -a; . \"$1\"; CONFAB_METRICS_LISTEN=$2; PORT=$4; "
		"eval \"$5\"; exec \"$3\"";
	char settings[512], program[64], listen[64], text[16];

	snprintf(settings, sizeof(settings), "%s/env/%s.env",
		 setting("STACK_DIR"), service);
	snprintf(program, sizeof(program), "confab-%s", service);
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
	snprintf(text, sizeof(text), "%u", port);
	/* does not outlive the tests, however they end */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execl("/bin/sh", "sh", "-c", script, "sh", settings, listen,
	      process_path(program), text, changed, (char *)NULL);
	_exit(127);
}

const char *worker_url(const struct worker *worker)
{
	static char url[sizeof(worker->metrics_url)];

	snprintf(url, sizeof(url), "%.*s",
		 (int)(strlen(worker->metrics_url) - strlen("/metrics")),
		 worker->metrics_url);
	return url;
}

static bool answers(void *context)
{
	char url[96];

	snprintf(url, sizeof(url), "%s/ready", worker_url(context));
	return http_send("GET", NULL, NULL, url)->status == 200;
}

void worker_start(const char *service, struct worker *worker_r)
{
	worker_start_with(service, "", worker_r);
}

void worker_launch(const char *service, const char *changed,
		   struct worker *worker_r)
{
	unsigned port = free_port();

	snprintf(worker_r->metrics_url, sizeof(worker_r->metrics_url),
		 "http://127.0.0.1:%u/metrics", port);
	worker_r->pid = fork();
	assert_true(worker_r->pid >= 0);
	if (worker_r->pid == 0)
		become(service, port, changed);
}

void worker_start_with(const char *service, const char *changed,
		       struct worker *worker_r)
{
	worker_launch(service, changed, worker_r);
	assert_becomes(answers, worker_r, RESTARTED_MS);
}

void worker_stop(struct worker *worker)
{
	int status;

	assert_int_equal(kill(worker->pid, SIGTERM), 0);
	assert_int_equal(waitpid(worker->pid, &status, 0), worker->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}
