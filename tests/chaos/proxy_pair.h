#ifndef CONFAB_TESTS_CHAOS_PROXY_PAIR_H
#define CONFAB_TESTS_CHAOS_PROXY_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/chaos/proxy_link.h"

/* One connection through the proxy: two sockets, and what is on its way. */
struct proxy_pair;

/* Takes both sockets; server is -1 for a connection into nowhere. */
void proxy_pair_new(struct proxy_link *link, int epoll, int client, int server);
struct proxy_pair *proxy_pair_next(struct proxy_pair *pair);
/* Resets both sides; the memory goes with proxy_pair_sweep(). */
void proxy_pair_reset(struct proxy_pair *pair);
/* Resets the server's side only. */
void proxy_pair_halve(struct proxy_pair *pair);
bool proxy_pair_is_half(const struct proxy_pair *pair);
/* Moves what may move now. */
void proxy_pair_work(struct proxy_pair *pair);
/* Something in it waits for its time. */
bool proxy_pair_waits(const struct proxy_pair *pair);
/* What epoll reported for the socket that `end` stands for. */
void proxy_pair_event(void *end, unsigned events);
/* Frees what was reset since the last call. */
void proxy_pair_sweep(void);

#endif
