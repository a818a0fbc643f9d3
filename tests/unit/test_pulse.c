/* links: api */
#include "api/pulse.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http.h"
#include "tests/unit/unit.h"

/* A server of one answer; NULL: it takes the connection and says nothing. */
struct server {
	int fd;
	uint16_t port;
	const char *answer;
	pthread_t thread;
};

static void *serve(void *argument)
{
	struct server *server = argument;
	char question[256];
	int fd = accept(server->fd, NULL, NULL);

	if (fd < 0)
		return NULL;
	if (recv(fd, question, sizeof(question), 0) > 0 && server->answer)
		(void)!send(fd, server->answer, strlen(server->answer), 0);
	/* until the other side has had enough */
	while (!server->answer && recv(fd, question, sizeof(question), 0) > 0)
		continue;
	close(fd);
	return NULL;
}

static void start(struct server *server, const char *answer)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	server->answer = answer;
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(server->fd >= 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, length),
			 0);
	assert_int_equal(listen(server->fd, 4), 0);
	assert_int_equal(
		getsockname(server->fd, (struct sockaddr *)&address, &length),
		0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server),
			 0);
}

static void stop(struct server *server)
{
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
}

static bool felt(const char *listen, uint16_t port)
{
	const struct api_config config = {
		.listen = listen,
		.port = port,
		.connections = 100,
	};
	struct pulse pulse = PULSE_INIT;

	return pulse_feel(&pulse, &config);
}

static bool felt_with_answer(const char *listen, const char *answer)
{
	struct server server;
	bool beats;

	start(&server, answer);
	beats = felt(listen, server.port);
	stop(&server);
	return beats;
}

#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static void test_answers(void **state)
{
	(void)state;
	assert_true(felt_with_answer("127.0.0.1", GOOD));
	assert_true(felt_with_answer("0.0.0.0", GOOD));
}

static void test_does_not_answer(void **state)
{
	(void)state;
	assert_false(felt_with_answer("127.0.0.1", NULL));
	assert_false(felt_with_answer("127.0.0.1", "HTTP/1.1 "));
	assert_false(felt_with_answer("127.0.0.1",
				      "HTTP/1.1 503 Service Unavailable\r\n"));
}

static void test_nobody_there(void **state)
{
	struct server server;

	(void)state;
	start(&server, GOOD);
	stop(&server);
	assert_false(felt("127.0.0.1", server.port));
	assert_false(felt("no address", server.port));
}

/* It would wait for a connection to end, which is not to be dead. */
static void test_full(void **state)
{
	(void)state;
	metric_set(&http_connections, 100);
	assert_true(felt("no address", 1));
	metric_set(&http_connections, 99);
	assert_false(felt("no address", 1));
	metric_set(&http_connections, 0);
}

/* Between two questions the last answer holds. */
static void test_asks_now_and_then(void **state)
{
	const struct api_config config = { .listen = "no address",
					   .port = 1,
					   .connections = 100 };
	struct pulse pulse = PULSE_INIT;

	(void)state;
	assert_false(pulse_feel(&pulse, &config));
	metric_set(&http_connections, 100);
	assert_false(pulse_feel(&pulse, &config));
	pulse.next_ms = 0;
	assert_true(pulse_feel(&pulse, &config));
	metric_set(&http_connections, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_does_not_answer),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_asks_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
