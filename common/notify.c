#include "common/notify.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

static struct {
	struct sockaddr_un address;
	socklen_t length;    /* 0: nobody listens */
	int64_t started_ms;  /* monotonic */
	int64_t feed_ms;     /* between two pings; 0: no watchdog */
	int64_t fed_ms;	     /* monotonic; 0: never */
	bool started, ready; /* what was said last */
} state;

/* A datagram that is lost costs a line of status or one ping of several. */
static void say(const char *text)
{
	int fd;

	if (state.length == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		      (const struct sockaddr *)&state.address, state.length);
	close(fd);
}

/* A path, or @name in the abstract name space. */
static void find_socket(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(state.address.sun_path) ||
	    !strchr("/@", path[0]))
		return;
	state.address.sun_family = AF_UNIX;
	memcpy(state.address.sun_path, path, length);
	if (path[0] == '@')
		state.address.sun_path[0] = '\0';
	length += offsetof(struct sockaddr_un, sun_path);
	state.length = (socklen_t)length;
}

/* Four pings in each interval. WATCHDOG_PID names whom it is meant for. */
static void find_watchdog(void)
{
	const char *us = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!us || (pid && strtoll(pid, NULL, 10) != getpid()))
		return;
	state.feed_ms = strtoll(us, NULL, 10) / 4000;
}

void notify_init(void)
{
	memset(&state, 0, sizeof(state));
	state.started_ms = clock_monotonic_ms();
	find_socket();
	find_watchdog();
}

bool notify_wanted(void)
{
	return state.length != 0;
}

static const char *status(bool ready)
{
	return ready ? "Ready" : "Up, but not ready: a server is away";
}

static void tell(bool ready, int64_t now_ms)
{
	char text[128];

	if (!state.started) {
		if (!ready && now_ms - state.started_ms < NOTIFY_PATIENCE_MS)
			return;
		snprintf(text, sizeof(text), "READY=1\nSTATUS=%s",
			 status(ready));
	} else if (ready != state.ready) {
		snprintf(text, sizeof(text), "STATUS=%s", status(ready));
	} else {
		return;
	}
	state.started = true;
	state.ready = ready;
	say(text);
}

void notify_turn(bool ready)
{
	int64_t now_ms;

	if (state.length == 0)
		return;
	now_ms = clock_monotonic_ms();
	tell(ready, now_ms);
	if (state.feed_ms > 0 && now_ms - state.fed_ms >= state.feed_ms) {
		state.fed_ms = now_ms;
		say("WATCHDOG=1");
	}
}

void notify_stopping(void)
{
	say("STOPPING=1\nSTATUS=Stopping");
}
