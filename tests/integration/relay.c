#include "tests/integration/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/harness.h"

enum { MOST_LINKS = 16 };

static struct sockaddr_in local(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr =
					     htonl(INADDR_LOOPBACK) };
}

int relay_connect(uint16_t port)
{
	struct sockaddr_in address = local(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int relay_listen(uint16_t *port)
{
	struct sockaddr_in address = local(*port);
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int one = 1;

	assert_true(listener >= 0);
	assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one,
				    sizeof(one)),
			 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, MOST_LINKS), 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return listener;
}

bool relay_send(int to, const char *bytes, size_t length)
{
	ssize_t sent;

	for (size_t at = 0; at < length; at += (size_t)sent) {
		sent = send(to, bytes + at, length - at, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
	}
	return true;
}

/* False when one side has ended. */
static bool pass(int from, int to)
{
	char bytes[16384];
	ssize_t length = recv(from, bytes, sizeof(bytes), 0);

	return length > 0 && relay_send(to, bytes, (size_t)length);
}

/* Pairs of sockets at 1 and 2, 3 and 4, ...; the listener is at 0. */
static void serve(int listener, uint16_t to)
{
	struct pollfd fds[1 + 2 * MOST_LINKS] = { { listener, POLLIN, 0 } };
	nfds_t count = 1;

	while (poll(fds, count, -1) >= 0) {
		for (nfds_t i = 1; i < count; i++) {
			nfds_t other = i % 2 ? i + 1 : i - 1;

			if (fds[i].revents == 0 ||
			    pass(fds[i].fd, fds[other].fd))
				continue;
			close(fds[i].fd);
			close(fds[other].fd);
			fds[i].fd = fds[other].fd = -1;
			fds[i].revents = fds[other].revents = 0;
		}
		if (fds[0].revents && count < 1 + 2 * MOST_LINKS) {
			fds[count++] =
				(struct pollfd){ accept(listener, NULL, NULL),
						 POLLIN, 0 };
			fds[count++] =
				(struct pollfd){ relay_connect(to), POLLIN, 0 };
		}
	}
}

void relay_start(uint16_t to, struct relay *relay_r)
{
	int listener;

	relay_r->port = 0;
	listener = relay_listen(&relay_r->port);
	relay_r->pid = fork();
	assert_true(relay_r->pid >= 0);
	if (relay_r->pid == 0) {
		/* does not outlive the tests, however they end */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, to);
		_exit(0);
	}
	close(listener);
}

void relay_cut(struct relay *relay)
{
	assert_int_equal(kill(relay->pid, SIGKILL), 0);
	assert_int_equal(waitpid(relay->pid, NULL, 0), relay->pid);
}
