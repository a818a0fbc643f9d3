#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/metrics.h"
#include "tests/unit/unit.h"

/* A worker's small listener, asked over a socket. */

static struct metric_series stored[] = { { "", 42 } };
static const struct metric_family families[] = {
	{ "test_stored_total", "Events stored.", METRIC_COUNTER, stored, NULL,
	  1 },
	{ 0 },
};

static bool is_ready;
static struct metrics_server *server;
static struct sockaddr_in address;

static bool ready(void *context)
{
	assert_ptr_equal(context, families);
	return is_ready;
}

/* Finds a free port by binding to it for a moment. */
static int start(void **state)
{
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char listen[32];

	(void)state;
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, size) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return -1;
	close(fd);
	snprintf(listen, sizeof(listen), "127.0.0.1:%u",
		 ntohs(address.sin_port));
	server = metrics_server_new(listen, families, ready,
				    (void *)(uintptr_t)families);
	return server ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	metrics_server_free(&server);
	assert_null(server);
	metrics_server_free(&server);
	return 0;
}

/* The whole answer, NUL-terminated, valid until the next call. */
static const char *ask(const char *method, const char *path)
{
	static char answer[8192];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t length = 0;
	char request[128];
	ssize_t n;

	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		 method, path);
	n = send(fd, request, strlen(request), 0);
	assert_int_equal(n, strlen(request));
	while ((n = recv(fd, answer + length, sizeof(answer) - 1 - length, 0)) >
	       0)
		length += (size_t)n;
	close(fd);
	answer[length] = '\0';
	return answer;
}

static void assert_answer(const char *answer, const char *status,
			  const char *part)
{
	if (strncmp(answer, "HTTP/1.1 ", 9) != 0 ||
	    strncmp(answer + 9, status, 3) != 0 || !strstr(answer, part))
		fail_msg("no %s with \"%s\": %s", status, part, answer);
}

static void test_metrics(void **state)
{
	const char *answer = ask("GET", "/metrics");

	(void)state;
	assert_answer(answer, "200", "\ntest_stored_total 42\n");
	assert_answer(answer, "200", "text/plain; version=0.0.4");
}

static void test_up_and_ready(void **state)
{
	(void)state;
	is_ready = false;
	assert_answer(ask("GET", "/up"), "200", "up");
	assert_answer(ask("GET", "/ready"), "503", "not ready");
	is_ready = true;
	assert_answer(ask("GET", "/ready"), "200", "ready");
}

static void test_other_paths_and_methods(void **state)
{
	(void)state;
	assert_answer(ask("GET", "/"), "404", "");
	assert_answer(ask("GET", "/metrics/x"), "404", "");
	assert_answer(ask("POST", "/metrics"), "405", "Allow: GET, HEAD");
	assert_answer(ask("HEAD", "/up"), "200", "");
}

static void test_bad_places(void **state)
{
	static const char *const places[] = { "", "nonsense", "127.0.0.1:0",
					      "999.1.1.1:80" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(places); i++)
		assert_null(
			metrics_server_new(places[i], families, ready, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_up_and_ready),
		cmocka_unit_test(test_other_paths_and_methods),
		cmocka_unit_test(test_bad_places),
	};

	return cmocka_run_group_tests_name("metrics_server", tests, start,
					   stop);
}
