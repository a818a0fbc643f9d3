#ifndef CONFAB_TESTS_INTEGRATION_RELAY_H
#define CONFAB_TESTS_INTEGRATION_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A TCP port on 127.0.0.1 that leads to another one, until it is cut. */
struct relay {
	pid_t pid;
	uint16_t port;
};

void relay_start(uint16_t to, struct relay *relay_r);
/* All its connections end, and there are no new ones. */
void relay_cut(struct relay *relay);

/* What relays are made of. Listens on *port, or on a port of its own when that
 * is 0, which *port is then; the test fails when it does not work. */
int relay_listen(uint16_t *port);
/* -1 on failure. */
int relay_connect(uint16_t port);
/* All of it; false when the other side has ended. */
bool relay_send(int to, const char *bytes, size_t length);

#endif
