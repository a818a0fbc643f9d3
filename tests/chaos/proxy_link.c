#include "tests/chaos/proxy_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/chaos/proxy_pair.h"

static const char *const words[] = { "pass",   "latency", "slice",
				     "slow",   "stall",	  "hole",
				     "refuse", "half",	  "reset" };

bool proxy_fault_parse(const char *word, enum proxy_fault *fault_r)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], word) == 0) {
			*fault_r = (enum proxy_fault)i;
			return true;
		}
	}
	return false;
}

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

bool proxy_link_open(struct proxy_link *link, int epoll)
{
	struct sockaddr_in address = loopback(link->listen_port);
	struct epoll_event event = { .events = EPOLLIN };
	int on = 1;

	event.data.ptr = link;
	link->listener =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->listener < 0)
		return false;
	return setsockopt(link->listener, SOL_SOCKET, SO_REUSEADDR, &on,
			  sizeof(on)) == 0 &&
	       bind(link->listener, (const struct sockaddr *)&address,
		    sizeof(address)) == 0 &&
	       listen(link->listener, 512) == 0 &&
	       epoll_ctl(epoll, EPOLL_CTL_ADD, link->listener, &event) == 0;
}

static int connect_to(int port)
{
	struct sockaddr_in address = loopback(port);
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
		     0 ||
	     errno == EINPROGRESS))
		return fd;
	(void)close(fd);
	return -1;
}

static void reset_socket(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void)close(fd);
}

void proxy_link_accept(struct proxy_link *link, int epoll)
{
	int client = accept4(link->listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
	int server, on = 1;

	if (client < 0)
		return;
	if (setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    link->fault == PROXY_REFUSE) {
		reset_socket(client);
		return;
	}
	server = link->fault == PROXY_HOLE ? -1 : connect_to(link->target_port);
	if (server < 0 && link->fault != PROXY_HOLE) {
		reset_socket(client);
		return;
	}
	proxy_pair_new(link, epoll, client, server);
}

static struct proxy_manner manner_of(enum proxy_fault fault, int parameter)
{
	struct proxy_manner manner = { 0 };

	if (fault == PROXY_LATENCY)
		manner.latency_ms = parameter;
	if (fault == PROXY_SLOW)
		manner.bytes_per_s = parameter;
	manner.sliced = fault == PROXY_SLICE;
	return manner;
}

/* What the fault leaves behind when it ends. */
static void end_fault(struct proxy_link *link)
{
	struct proxy_pair *pair, *next;

	for (pair = link->pairs; pair; pair = next) {
		next = proxy_pair_next(pair);
		if (link->fault == PROXY_HOLE || proxy_pair_is_half(pair))
			proxy_pair_reset(pair);
	}
}

void proxy_link_set(struct proxy_link *link, enum proxy_fault fault,
		    int parameter)
{
	struct proxy_pair *pair, *next;

	if (fault != PROXY_RESET) {
		end_fault(link);
		link->fault = fault;
		link->manner = manner_of(fault, parameter);
	}
	for (pair = link->pairs; pair; pair = next) {
		next = proxy_pair_next(pair);
		if (fault == PROXY_RESET || fault == PROXY_REFUSE)
			proxy_pair_reset(pair);
		else if (fault == PROXY_HALF)
			proxy_pair_halve(pair);
		else
			proxy_pair_work(pair);
	}
}
