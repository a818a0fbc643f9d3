#include "api/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define BACKLOG 1024

socklen_t listener_address(const struct api_config *config,
			   union listener_address *address_r)
{
	memset(address_r, 0, sizeof(*address_r));
	if (strchr(config->listen, ':')) {
		address_r->v6.sin6_family = AF_INET6;
		address_r->v6.sin6_port = htons((uint16_t)config->port);
		return inet_pton(AF_INET6, config->listen,
				 &address_r->v6.sin6_addr) == 1
			       ? sizeof(address_r->v6)
			       : 0;
	}
	address_r->v4.sin_family = AF_INET;
	address_r->v4.sin_port = htons((uint16_t)config->port);
	return inet_pton(AF_INET, config->listen, &address_r->v4.sin_addr) == 1
		       ? sizeof(address_r->v4)
		       : 0;
}

static bool set_up(int fd, const struct sockaddr *address, socklen_t length)
{
	bool v6 = address->sa_family == AF_INET6;
	int on = 1, off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return false;
	/* "::" takes IPv4 too */
	if (v6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
		return false;
	return bind(fd, address, length) == 0 && listen(fd, BACKLOG) == 0;
}

int listener_open(const struct api_config *config)
{
	union listener_address address;
	socklen_t length = listener_address(config, &address);
	int fd;

	if (length == 0) {
		log_event(LOG_ERROR, "bad-address",
			  LOG_TEXT("CONFAB_LISTEN", config->listen));
		return -1;
	}
	fd = socket(address.any.sa_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && set_up(fd, &address.any, length))
		return fd;
	log_event(LOG_ERROR, "cannot-listen",
		  LOG_TEXT("address", config->listen),
		  LOG_NUMBER("port", config->port),
		  LOG_TEXT("reason", strerror(errno)));
	if (fd >= 0)
		close(fd);
	return -1;
}
