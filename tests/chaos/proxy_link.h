#ifndef CONFAB_TESTS_CHAOS_PROXY_LINK_H
#define CONFAB_TESTS_CHAOS_PROXY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/chaos/proxy_pipe.h"

/*
 * A link is a port on which the proxy listens, the port behind it, and what is
 * wrong with the way between them at the moment.
 */
enum proxy_fault {
	PROXY_PASS,
	PROXY_LATENCY, /* parameter: ms each way */
	PROXY_SLICE,
	PROXY_SLOW, /* parameter: bytes per second, each way */
	/* Nothing moves; when it is healed, everything goes on. */
	PROXY_STALL,
	/* Connections are made, what is sent is lost; when it is healed they
	 * are reset. */
	PROXY_HOLE,
	/* Connections are reset at once, old and new ones. */
	PROXY_REFUSE,
	/* The server's side of what is open now is reset, the client hears
	 * nothing; new connections work. */
	PROXY_HALF,
	/* What is open now is reset. Nothing to heal. */
	PROXY_RESET
};

struct proxy_pair;

struct proxy_link {
	char name[48];
	int listen_port, target_port;
	int listener;
	enum proxy_fault fault;
	struct proxy_manner manner;
	struct proxy_pair *pairs;
};

/* False for an unknown word. */
bool proxy_fault_parse(const char *word, enum proxy_fault *fault_r)
	__attribute__((warn_unused_result));

/* Listens, and tells `epoll` about it. False: errno says why. */
bool proxy_link_open(struct proxy_link *link, int epoll)
	__attribute__((warn_unused_result));
/* Takes a new connection. */
void proxy_link_accept(struct proxy_link *link, int epoll);
void proxy_link_set(struct proxy_link *link, enum proxy_fault fault,
		    int parameter);

#endif
