#ifndef CONFAB_TESTS_INTEGRATION_RELAY_H
#define CONFAB_TESTS_INTEGRATION_RELAY_H

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

#endif
