#include "tests/chaos/proxy_pair.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"

enum { CLIENT, SERVER, ENDS };

/* epoll's pointer for one of a pair's two sockets. */
struct end {
	struct proxy_pair *pair;
	int fd;
	unsigned interest;
	bool writable; /* as far as we know */
	bool unwatched;
};

struct proxy_pair {
	struct proxy_link *link;
	struct proxy_pair *next;
	int epoll;
	struct end ends[ENDS];
	struct proxy_pipe pipes[ENDS]; /* by where the bytes come from */
	bool half, dead;
};

static struct proxy_pair *swept;

static void watch(struct end *end, unsigned interest)
{
	struct epoll_event event = { .events = interest };

	if (end->fd < 0 || end->interest == interest)
		return;
	event.data.ptr = end;
	if (epoll_ctl(end->pair->epoll, EPOLL_CTL_MOD, end->fd, &event) == 0)
		end->interest = interest;
}

static void reset_end(struct end *end)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (end->fd < 0)
		return;
	(void)setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &linger,
			 sizeof(linger));
	(void)close(end->fd);
	end->fd = -1;
}

static void unlink_pair(struct proxy_pair *pair)
{
	struct proxy_pair **at = &pair->link->pairs;

	while (*at != pair)
		at = &(*at)->next;
	*at = pair->next;
	/* epoll may have reported it in the same round */
	pair->dead = true;
	pair->next = swept;
	swept = pair;
}

void proxy_pair_reset(struct proxy_pair *pair)
{
	if (pair->dead)
		return;
	reset_end(&pair->ends[CLIENT]);
	reset_end(&pair->ends[SERVER]);
	unlink_pair(pair);
}

static void close_both(struct proxy_pair *pair)
{
	for (int i = 0; i < ENDS; i++) {
		if (pair->ends[i].fd >= 0)
			(void)close(pair->ends[i].fd);
		pair->ends[i].fd = -1;
	}
	unlink_pair(pair);
}

void proxy_pair_sweep(void)
{
	while (swept) {
		struct proxy_pair *pair = swept;

		swept = pair->next;
		proxy_pipe_release(&pair->pipes[CLIENT]);
		proxy_pipe_release(&pair->pipes[SERVER]);
		free(pair);
	}
}

static bool add_end(struct proxy_pair *pair, int which, int fd)
{
	struct end *end = &pair->ends[which];
	struct epoll_event event = { .events = 0 };

	*end = (struct end){ .pair = pair, .fd = fd };
	event.data.ptr = end;
	/* a connection that is under way says so by becoming writable */
	end->writable = which == CLIENT;
	return fd < 0 || epoll_ctl(pair->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void proxy_pair_new(struct proxy_link *link, int epoll, int client, int server)
{
	struct proxy_pair *pair = calloc(1, sizeof(*pair));

	if (!pair) {
		(void)close(client);
		if (server >= 0)
			(void)close(server);
		return;
	}
	pair->link = link;
	pair->epoll = epoll;
	pair->next = link->pairs;
	link->pairs = pair;
	if (!add_end(pair, CLIENT, client) || !add_end(pair, SERVER, server)) {
		proxy_pair_reset(pair);
		return;
	}
	proxy_pair_work(pair);
}

struct proxy_pair *proxy_pair_next(struct proxy_pair *pair)
{
	return pair->next;
}

void proxy_pair_halve(struct proxy_pair *pair)
{
	reset_end(&pair->ends[SERVER]);
	pair->half = true;
	watch(&pair->ends[CLIENT], EPOLLIN);
}

bool proxy_pair_is_half(const struct proxy_pair *pair)
{
	return pair->half;
}

static bool into_nowhere(const struct proxy_pair *pair)
{
	return pair->half || pair->link->fault == PROXY_HOLE;
}

static unsigned interest_of(const struct proxy_pair *pair, int which)
{
	const struct proxy_pipe *out = &pair->pipes[which];
	unsigned interest = 0;

	if (pair->link->fault == PROXY_STALL && !into_nowhere(pair))
		return 0;
	if (into_nowhere(pair))
		return EPOLLIN;
	if (!out->end_read && out->queued < PROXY_PIPE_MAX)
		interest |= EPOLLIN;
	if (!pair->ends[which].writable)
		interest |= EPOLLOUT;
	return interest;
}

/* A socket that is done in both ways would report just that for ever. */
static void watch_end(struct proxy_pair *pair, int which)
{
	struct end *end = &pair->ends[which];

	if (end->unwatched)
		return;
	watch(end, interest_of(pair, which));
	if (end->fd >= 0 && pair->pipes[which].end_read &&
	    pair->pipes[1 - which].end_sent)
		end->unwatched = epoll_ctl(pair->epoll, EPOLL_CTL_DEL, end->fd,
					   NULL) == 0;
}

/* Sends to one end what came from the other. */
static bool flush_to(struct proxy_pair *pair, int which, int64_t now_us)
{
	struct end *end = &pair->ends[which];
	bool blocked;

	if (!end->writable)
		return true;
	if (!proxy_pipe_flush(&pair->pipes[1 - which], end->fd,
			      &pair->link->manner, now_us, &blocked))
		return false;
	end->writable = !blocked;
	return true;
}

void proxy_pair_work(struct proxy_pair *pair)
{
	int64_t now_us = clock_monotonic_us();

	if (pair->dead)
		return;
	if (!into_nowhere(pair) && pair->link->fault != PROXY_STALL) {
		if (!flush_to(pair, CLIENT, now_us) ||
		    !flush_to(pair, SERVER, now_us)) {
			proxy_pair_reset(pair);
			return;
		}
		if (pair->pipes[CLIENT].end_sent &&
		    pair->pipes[SERVER].end_sent) {
			close_both(pair);
			return;
		}
	}
	watch_end(pair, CLIENT);
	watch_end(pair, SERVER);
}

bool proxy_pair_waits(const struct proxy_pair *pair)
{
	return proxy_pipe_waits(&pair->pipes[CLIENT]) ||
	       proxy_pipe_waits(&pair->pipes[SERVER]);
}

/* What is sent into nowhere is lost; when the sender gives up, so do we. */
static void swallow(struct end *end)
{
	char bytes[4096];
	ssize_t got = recv(end->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got == 0)
		proxy_pair_reset(end->pair);
}

void proxy_pair_event(void *at, unsigned events)
{
	struct end *end = at;
	struct proxy_pair *pair = end->pair;
	int which = end == &pair->ends[CLIENT] ? CLIENT : SERVER;

	if (pair->dead || end->fd < 0)
		return;
	if ((events & EPOLLERR) ||
	    ((events & EPOLLHUP) && pair->link->fault == PROXY_STALL)) {
		proxy_pair_reset(pair);
		return;
	}
	if (into_nowhere(pair)) {
		swallow(end);
		return;
	}
	if (events & EPOLLOUT)
		end->writable = true;
	if ((events & (EPOLLIN | EPOLLHUP)) && !pair->pipes[which].end_read &&
	    !proxy_pipe_fill(&pair->pipes[which], end->fd, &pair->link->manner,
			     clock_monotonic_us())) {
		proxy_pair_reset(pair);
		return;
	}
	proxy_pair_work(pair);
}
