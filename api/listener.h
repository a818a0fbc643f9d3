#ifndef CONFAB_API_LISTENER_H
#define CONFAB_API_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "api/config.h"

union listener_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* CONFAB_LISTEN and PORT, and the address' length; 0: that is no address. */
socklen_t listener_address(const struct api_config *config,
			   union listener_address *address_r);

/* The socket at CONFAB_LISTEN and PORT, which several processes may share; -1
 * with the reason on the log. The caller closes it. */
int listener_open(const struct api_config *config);

#endif
