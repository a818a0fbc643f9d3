/*
 * A TCP proxy between the parts of a system, which makes the ways between them
 * bad on command.
 *
 *   proxy SOCKET NAME:LISTEN:TARGET...
 *
 * Listens on 127.0.0.1:LISTEN for each link and forwards to 127.0.0.1:TARGET.
 * Commands come one a line over the Unix socket SOCKET: "NAME FAULT
 * [PARAMETER]", the faults of proxy_link.h; NAME "*" is all links. Each is
 * answered with "ok" or "no".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/chaos/proxy_link.h"
#include "tests/chaos/proxy_pair.h"

#define LINKS_MAX 64
#define EVENTS_MAX 64

struct proxy {
	int epoll, control, commander;
	struct proxy_link links[LINKS_MAX];
	unsigned link_count;
	char line[256];
	size_t length;
};

static bool set_links(struct proxy *proxy, const char *name, const char *word,
		      int parameter)
{
	enum proxy_fault fault;
	bool found = false;

	if (!proxy_fault_parse(word, &fault))
		return false;
	for (unsigned i = 0; i < proxy->link_count; i++) {
		struct proxy_link *link = &proxy->links[i];

		if (strcmp(name, "*") != 0 && strcmp(name, link->name) != 0)
			continue;
		proxy_link_set(link, fault, parameter);
		found = true;
	}
	return found;
}

static void obey(struct proxy *proxy, const char *line)
{
	char name[48], word[16];
	int parameter = 0;
	bool done = sscanf(line, "%47s %15s %d", name, word, &parameter) >= 2 &&
		    set_links(proxy, name, word, parameter);

	if (send(proxy->commander, done ? "ok\n" : "no\n", 3, MSG_NOSIGNAL) < 0)
		perror("proxy: answer");
}

static void dismiss(struct proxy *proxy)
{
	(void)close(proxy->commander);
	proxy->commander = -1;
	proxy->length = 0;
}

static void listen_to_commander(struct proxy *proxy)
{
	ssize_t got = recv(proxy->commander, proxy->line + proxy->length,
			   sizeof(proxy->line) - 1 - proxy->length, 0);
	char *end;

	if (got <= 0) {
		dismiss(proxy);
		return;
	}
	proxy->length += (size_t)got;
	proxy->line[proxy->length] = '\0';
	while ((end = strchr(proxy->line, '\n'))) {
		*end = '\0';
		obey(proxy, proxy->line);
		proxy->length -= (size_t)(end + 1 - proxy->line);
		memmove(proxy->line, end + 1, proxy->length + 1);
	}
	if (proxy->length == sizeof(proxy->line) - 1)
		dismiss(proxy);
}

static bool watch(struct proxy *proxy, int fd, void *at)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.ptr = at;
	return epoll_ctl(proxy->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void accept_commander(struct proxy *proxy)
{
	int fd = accept4(proxy->control, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (proxy->commander >= 0)
		dismiss(proxy);
	proxy->commander = fd;
	if (!watch(proxy, fd, &proxy->commander))
		dismiss(proxy);
}

static bool is_link(const struct proxy *proxy, const void *at)
{
	const char *p = at;

	return p >= (const char *)proxy->links &&
	       p < (const char *)(proxy->links + LINKS_MAX);
}

static void handle(struct proxy *proxy, const struct epoll_event *event)
{
	void *at = event->data.ptr;

	if (at == &proxy->control)
		accept_commander(proxy);
	else if (at == &proxy->commander)
		listen_to_commander(proxy);
	else if (is_link(proxy, at))
		proxy_link_accept(at, proxy->epoll);
	else
		proxy_pair_event(at, event->events);
}

/* Moves what has waited for its time; true when more waits. */
static bool work_all(struct proxy *proxy)
{
	bool waits = false;

	for (unsigned i = 0; i < proxy->link_count; i++) {
		struct proxy_pair *pair = proxy->links[i].pairs, *next;

		if (proxy->links[i].fault == PROXY_STALL)
			continue;
		for (; pair; pair = next) {
			next = proxy_pair_next(pair);
			if (!proxy_pair_waits(pair))
				continue;
			waits = true;
			proxy_pair_work(pair);
		}
	}
	return waits;
}

static int serve(struct proxy *proxy)
{
	struct epoll_event events[EVENTS_MAX];
	bool waits = false;

	for (;;) {
		int n = epoll_wait(proxy->epoll, events, EVENTS_MAX,
				   waits ? 1 : -1);

		if (n < 0 && errno != EINTR) {
			perror("proxy: epoll_wait");
			return 1;
		}
		for (int i = 0; i < n; i++)
			handle(proxy, &events[i]);
		waits = work_all(proxy);
		proxy_pair_sweep();
	}
}

static bool open_control(struct proxy *proxy, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	proxy->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return proxy->control >= 0 &&
	       bind(proxy->control, (const struct sockaddr *)&address,
		    sizeof(address)) == 0 &&
	       listen(proxy->control, 4) == 0 &&
	       watch(proxy, proxy->control, &proxy->control);
}

static bool open_link(struct proxy *proxy, const char *text)
{
	struct proxy_link *link = &proxy->links[proxy->link_count];

	if (proxy->link_count == LINKS_MAX ||
	    sscanf(text, "%47[^:]:%d:%d", link->name, &link->listen_port,
		   &link->target_port) != 3) {
		fprintf(stderr, "proxy: %s is no NAME:LISTEN:TARGET\n", text);
		return false;
	}
	if (!proxy_link_open(link, proxy->epoll)) {
		fprintf(stderr, "proxy: port %d: %s\n", link->listen_port,
			strerror(errno));
		return false;
	}
	proxy->link_count++;
	return true;
}

int main(int argc, char **argv)
{
	static struct proxy proxy = { .commander = -1 };

	if (argc < 3) {
		fprintf(stderr, "usage: proxy SOCKET NAME:LISTEN:TARGET...\n");
		return 2;
	}
	proxy.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 2; i < argc; i++) {
		if (!open_link(&proxy, argv[i]))
			return 1;
	}
	/* last: whoever finds the socket knows that all links are there */
	if (proxy.epoll < 0 || !open_control(&proxy, argv[1])) {
		fprintf(stderr, "proxy: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return serve(&proxy);
}
