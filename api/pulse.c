#include "api/pulse.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "api/http.h"
#include "api/listener.h"
#include "common/clock.h"

/* Where a client on this host reaches a socket that listens there. */
static socklen_t find_address(const struct api_config *config,
			      union listener_address *address_r)
{
	socklen_t length = listener_address(config, address_r);

	if (address_r->any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&address_r->v6.sin6_addr))
		address_r->v6.sin6_addr = in6addr_loopback;
	if (address_r->any.sa_family == AF_INET &&
	    address_r->v4.sin_addr.s_addr == htonl(INADDR_ANY))
		address_r->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return length;
}

static int dial(const struct api_config *config)
{
	const struct timeval limit = { PULSE_TIMEOUT_MS / 1000, 0 };
	union listener_address address;
	socklen_t length = find_address(config, &address);
	int fd;

	if (length == 0)
		return -1;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ==
		    0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		    0 &&
	    connect(fd, &address.any, length) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool ask(const struct api_config *config)
{
	static const char question[] = "GET /up HTTP/1.1\r\nHost: localhost\r\n"
				       "Connection: close\r\n\r\n";
	static const char wanted[] = "HTTP/1.1 200 ";
	char answer[sizeof(wanted) - 1];
	bool answered;
	int fd = dial(config);

	if (fd < 0)
		return false;
	answered = send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) ==
			   (ssize_t)sizeof(question) - 1 &&
		   recv(fd, answer, sizeof(answer), MSG_WAITALL) ==
			   (ssize_t)sizeof(answer) &&
		   memcmp(answer, wanted, sizeof(answer)) == 0;
	close(fd);
	return answered;
}

static bool full(const struct api_config *config)
{
	return (int64_t)metric_get(&http_connections) >= config->connections;
}

bool pulse_feel(struct pulse *pulse, const struct api_config *config)
{
	if (clock_monotonic_ms() < pulse->next_ms)
		return pulse->beats;
	pulse->beats = full(config) || ask(config);
	pulse->next_ms = clock_monotonic_ms() + PULSE_PERIOD_MS;
	return pulse->beats;
}
