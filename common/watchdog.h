#ifndef CONFAB_COMMON_WATCHDOG_H
#define CONFAB_COMMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Ends library calls that take no deadline: the owner of a socket arms its
 * watch before such a call and disarms it after. One thread per process looks
 * at all watches and shuts down the socket of each that is overdue, so that
 * the call returns with an error. Arming costs one store.
 */
struct watch;

/*
 * Keeps a duplicate of `socket`: whoever closes the original, the watch can
 * never hit a descriptor that belongs to something else by then. The peer
 * sees the end of the connection only when both are closed. NULL with errno.
 */
struct watch *watchdog_add(int socket);
/* Closes the duplicate. Accepts NULL. */
void watchdog_remove(struct watch **watch);
/* The duplicate, for poll(2). */
int watchdog_socket(const struct watch *watch);

void watchdog_arm(struct watch *watch, int64_t within_ms);
void watchdog_disarm(struct watch *watch);
/* True when it was overdue and its socket is shut down. */
bool watchdog_fired(const struct watch *watch);
/* Shuts the socket down now, as if overdue, without counting as fired. */
void watchdog_shut(struct watch *watch);

#endif
