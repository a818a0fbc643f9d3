#include "tests/integration/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config.h"
#include "tests/integration/harness.h"

#define PAIRS 32
#define SLICE 'S'
#define INJECT 'I'

struct pair {
	int client, broker; /* -1: free */
	bool inject;
};

/* What the child knows. */
struct state {
	int listener, commands, target;
	bool sliced;
	char bytes[256];
	size_t length;
	struct pair pairs[PAIRS];
};

static struct sockaddr_in local(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr =
					     htonl(INADDR_LOOPBACK) };
}

static void send_at_once(int fd)
{
	const int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* ---- in the child ---- */

static void drop(struct pair *pair)
{
	close(pair->client);
	close(pair->broker);
	*pair = (struct pair){ -1, -1, false };
}

static void welcome(struct state *state)
{
	struct sockaddr_in address = local(state->target);
	struct pair pair = { accept(state->listener, NULL, NULL),
			     socket(AF_INET, SOCK_STREAM, 0), false };

	if (pair.client < 0 || pair.broker < 0 ||
	    connect(pair.broker, (struct sockaddr *)&address,
		    sizeof(address)) != 0) {
		drop(&pair);
		return;
	}
	send_at_once(pair.client);
	send_at_once(pair.broker);
	for (size_t i = 0; i < PAIRS; i++)
		if (state->pairs[i].client < 0) {
			state->pairs[i] = pair;
			return;
		}
	drop(&pair);
}

static bool send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

/* Single bytes, then the rest in one piece. */
static bool send_sliced(int fd, const char *bytes, size_t length)
{
	size_t singles = length < 64 ? length : 64;

	for (size_t i = 0; i < singles; i++)
		if (!send_all(fd, bytes + i, 1))
			return false;
	return send_all(fd, bytes + singles, length - singles);
}

static bool forward(struct state *state, int from, int to)
{
	char bytes[8192];
	ssize_t n = recv(from, bytes, sizeof(bytes), 0);

	if (n <= 0)
		return false;
	return state->sliced ? send_sliced(to, bytes, (size_t)n)
			     : send_all(to, bytes, (size_t)n);
}

static bool from_broker(struct state *state, struct pair *pair)
{
	char unheard[8192];

	if (!pair->inject)
		return forward(state, pair->broker, pair->client);
	pair->inject = false;
	if (recv(pair->broker, unheard, sizeof(unheard), 0) <= 0)
		return false;
	return send_all(pair->client, state->bytes, state->length);
}

static void obey(struct state *state)
{
	char command[256];
	ssize_t n = recv(state->commands, command, sizeof(command), 0);

	if (n <= 0)
		_exit(0);
	if (command[0] == SLICE) {
		state->sliced = true;
	} else {
		state->length = (size_t)n - 1;
		memcpy(state->bytes, command + 1, state->length);
		for (size_t i = 0; i < PAIRS; i++)
			state->pairs[i].inject = state->pairs[i].client >= 0;
	}
	(void)!send(state->commands, "", 1, MSG_NOSIGNAL);
}

static void work(struct state *state)
{
	struct pollfd fds[2 + 2 * PAIRS];

	fds[0] = (struct pollfd){ state->listener, POLLIN, 0 };
	fds[1] = (struct pollfd){ state->commands, POLLIN, 0 };
	for (size_t i = 0; i < PAIRS; i++) {
		fds[2 + 2 * i] =
			(struct pollfd){ state->pairs[i].client, POLLIN, 0 };
		fds[3 + 2 * i] =
			(struct pollfd){ state->pairs[i].broker, POLLIN, 0 };
	}
	if (poll(fds, 2 + 2 * PAIRS, -1) < 0)
		return;
	for (size_t i = 0; i < PAIRS; i++) {
		struct pair *pair = &state->pairs[i];

		if ((fds[2 + 2 * i].revents &&
		     !forward(state, pair->client, pair->broker)) ||
		    (fds[3 + 2 * i].revents && !from_broker(state, pair)))
			drop(pair);
	}
	if (fds[0].revents)
		welcome(state);
	if (fds[1].revents)
		obey(state);
}

/* ---- in the test ---- */

static int broker_port(void)
{
	struct config_url url;
	int port;

	assert_true(config_url_parse(setting("RABBITMQ_URL"), &url));
	port = url.port;
	config_url_release(&url);
	return port;
}

static int listen_anywhere(unsigned *port_r)
{
	struct sockaddr_in address = local(0);
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size),
			 0);
	*port_r = ntohs(address.sin_port);
	return fd;
}

void wire_start(struct wire *wire_r)
{
	struct state state = { .target = broker_port() };
	int ends[2];

	state.listener = listen_anywhere(&wire_r->port);
	for (size_t i = 0; i < PAIRS; i++)
		state.pairs[i] = (struct pair){ -1, -1, false };
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	wire_r->pid = fork();
	assert_true(wire_r->pid >= 0);
	if (wire_r->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		state.commands = ends[1];
		for (;;)
			work(&state);
	}
	close(ends[1]);
	close(state.listener);
	wire_r->commands = ends[0];
	snprintf(wire_r->changed, sizeof(wire_r->changed),
		 "RABBITMQ_URL=$(printf %%s \"$RABBITMQ_URL\" | "
		 "sed 's,:%d/,:%u/,')",
		 state.target, wire_r->port);
}

void wire_stop(struct wire *wire)
{
	close(wire->commands);
	assert_int_equal(waitpid(wire->pid, NULL, 0), wire->pid);
}

static void command(struct wire *wire, const char *bytes, size_t length)
{
	char done;

	assert_int_equal(send(wire->commands, bytes, length, MSG_NOSIGNAL),
			 length);
	assert_int_equal(recv(wire->commands, &done, 1, 0), 1);
}

void wire_slice(struct wire *wire)
{
	command(wire, (const char[]){ SLICE }, 1);
}

void wire_inject(struct wire *wire, const void *bytes, size_t length)
{
	char text[201] = { INJECT };

	assert_in_range(length, 1, sizeof(text) - 1);
	memcpy(text + 1, bytes, length);
	command(wire, text, length + 1);
}
