/*
 * The load generator: keep-alive connections over one epoll loop, no
 * pipelining. In open loop a request's latency counts from the time it was
 * due, so a stall of the server is seen by every request that it delayed
 * (no coordinated omission). Prints one JSON object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/latency.h"
#include "bench/plan.h"
#include "bench/reply.h"

#define GRACE_US 10000000 /* for answers under way at the end */
#define LATE_S 0.1
#define READ_BYTES (1u << 20)

struct connection {
	int socket;
	bool busy, waits_to_write;
	int64_t due_us;
	uint64_t chat;
	char *out;
	size_t out_length, out_done;
	char *in;
	size_t in_length;
	struct connection *next_idle;
};

struct load {
	struct plan plan;
	int epoll;
	struct connection *connections, *idle;
	uint64_t sent, busy, broken, statuses[6], done_in_time;
	int64_t start_us, end_us;
	struct latency latency;
	FILE *record;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- connections ---- */

static void open_socket(struct load *load, struct connection *connection)
{
	struct sockaddr_in where = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)load->plan.port),
	};
	struct epoll_event event = { .events = EPOLLIN,
				     .data.ptr = connection };
	int one = 1;

	if (inet_pton(AF_INET, load->plan.host, &where.sin_addr) != 1) {
		errno = EINVAL;
		fail("the host must be an IPv4 address");
	}
	connection->socket = socket(AF_INET, SOCK_STREAM, 0);
	if (connection->socket < 0 ||
	    connect(connection->socket, (struct sockaddr *)&where,
		    sizeof(where)) != 0)
		fail("cannot connect");
	if (fcntl(connection->socket, F_SETFL, O_NONBLOCK) != 0 ||
	    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one,
		       sizeof(one)) != 0 ||
	    epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->socket, &event) !=
		    0)
		fail("cannot set up a socket");
	connection->in_length = 0;
	connection->waits_to_write = false;
}

static void make_idle(struct load *load, struct connection *connection)
{
	connection->busy = false;
	connection->next_idle = load->idle;
	load->idle = connection;
}

static void open_all(struct load *load)
{
	load->epoll = epoll_create1(0);
	load->connections =
		calloc(load->plan.connections, sizeof(*load->connections));
	if (load->epoll < 0 || !load->connections)
		fail("cannot start");
	for (unsigned i = 0; i < load->plan.connections; i++) {
		struct connection *connection = &load->connections[i];

		connection->out = malloc(PLAN_REQUEST_MAX);
		connection->in = malloc(READ_BYTES + 1);
		if (!connection->out || !connection->in)
			fail("no memory");
		open_socket(load, connection);
		make_idle(load, connection);
	}
}

/* Its answer is lost: counted, and a new connection in its place. */
static void reopen(struct load *load, struct connection *connection)
{
	close(connection->socket);
	if (connection->busy) {
		load->broken++;
		load->busy--;
	}
	open_socket(load, connection);
	if (connection->busy)
		make_idle(load, connection);
}

/* ---- requests ---- */

static void watch(struct load *load, struct connection *connection, bool writes)
{
	struct epoll_event event = { .events =
					     EPOLLIN | (writes ? EPOLLOUT : 0u),
				     .data.ptr = connection };

	if (connection->waits_to_write == writes)
		return;
	connection->waits_to_write = writes;
	if (epoll_ctl(load->epoll, EPOLL_CTL_MOD, connection->socket, &event) !=
	    0)
		fail("cannot watch a socket");
}

static void write_out(struct load *load, struct connection *connection)
{
	while (connection->out_done < connection->out_length) {
		ssize_t n = send(connection->socket,
				 connection->out + connection->out_done,
				 connection->out_length - connection->out_done,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			reopen(load, connection);
			return;
		}
		if (n < 0)
			break;
		connection->out_done += (size_t)n;
	}
	watch(load, connection, connection->out_done < connection->out_length);
}

static void start_request(struct load *load, int64_t due_us)
{
	struct connection *connection = load->idle;

	load->idle = connection->next_idle;
	connection->busy = true;
	connection->due_us = due_us;
	connection->out_done = 0;
	connection->out_length = plan_request(
		&load->plan, load->sent++, connection->out, &connection->chat);
	load->busy++;
	write_out(load, connection);
}

/* What is due now; returns when the next one is. */
static int64_t start_due(struct load *load)
{
	int64_t now = now_us();

	while (load->idle && now < load->end_us) {
		int64_t due = now;

		if (load->plan.rate > 0)
			due = load->start_us + (int64_t)((double)load->sent *
							 1e6 / load->plan.rate);
		if (due > now)
			return due;
		start_request(load, due);
	}
	return now < load->end_us ? load->end_us : now + 100000;
}

/* ---- answers ---- */

/* "chat number job_id", a line for each acknowledgement. */
static void keep(struct load *load, const struct connection *connection,
		 const struct reply *reply)
{
	const char *number = strstr(reply->body, "\"number\":");
	const char *job = strstr(reply->body, "\"job_id\":\"");

	if (!number || !job ||
	    fprintf(load->record, "%llu %llu %.*s\n",
		    (unsigned long long)connection->chat,
		    strtoull(number + 9, NULL, 10),
		    (int)strcspn(job + 10, "\""), job + 10) < 0)
		fail("cannot record an acknowledgement");
}

static void take_reply(struct load *load, struct connection *connection,
		       const struct reply *reply)
{
	int64_t now = now_us();
	unsigned class = reply->status / 100;

	load->statuses[class < 6 ? class : 0]++;
	latency_add(&load->latency, now - connection->due_us);
	if (now < load->end_us)
		load->done_in_time++;
	if (load->record && class == 2)
		keep(load, connection, reply);
	connection->in_length = 0;
	load->busy--;
	make_idle(load, connection);
}

static void read_in(struct load *load, struct connection *connection)
{
	struct reply reply;
	ssize_t n =
		recv(connection->socket, connection->in + connection->in_length,
		     READ_BYTES - connection->in_length, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		reopen(load, connection);
		return;
	}
	connection->in_length += (size_t)n;
	connection->in[connection->in_length] = '\0';
	switch (reply_parse(connection->in, connection->in_length, &reply)) {
	case REPLY_WHOLE:
		take_reply(load, connection, &reply);
		break;
	case REPLY_BAD:
		reopen(load, connection);
		break;
	case REPLY_INCOMPLETE:
		if (connection->in_length == READ_BYTES)
			reopen(load, connection);
		break;
	}
}

/* ---- the run ---- */

static void wait_until(struct load *load, int64_t when_us)
{
	struct epoll_event events[256];
	int64_t us = when_us - now_us();
	struct timespec timeout = { 0, 0 };
	int count;

	if (us > 0) {
		timeout.tv_sec = us / 1000000;
		timeout.tv_nsec = us % 1000000 * 1000;
	}
	count = epoll_pwait2(load->epoll, events, 256, &timeout, NULL);
	if (count < 0 && errno != EINTR)
		fail("epoll");
	for (int i = 0; i < count; i++) {
		struct connection *connection = events[i].data.ptr;

		if (events[i].events & EPOLLOUT)
			write_out(load, connection);
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			read_in(load, connection);
	}
}

static void run(struct load *load)
{
	load->start_us = now_us();
	load->end_us = load->start_us + (int64_t)load->plan.seconds * 1000000;
	while (now_us() < load->end_us)
		wait_until(load, start_due(load));
	while (load->busy > 0 && now_us() < load->end_us + GRACE_US)
		wait_until(load, now_us() + 100000);
}

/* Open loop: what was due and never sent, for want of a free connection. Its
 * latency is in no figure, so there should be none. What became due just
 * before the end was not late. */
static uint64_t unsent(const struct load *load)
{
	uint64_t due = (uint64_t)(load->plan.rate *
				  ((double)load->plan.seconds - LATE_S));

	return due > load->sent ? due - load->sent : 0;
}

static void print(const struct load *load)
{
	const struct latency *latency = &load->latency;

	printf("{\"rate\":%.1f,\"answers\":%llu,\"2xx\":%llu,\"4xx\":%llu,"
	       "\"5xx\":%llu,\"broken\":%llu,\"unanswered\":%llu,"
	       "\"unsent\":%llu,"
	       "\"p50_us\":%lld,\"p90_us\":%lld,\"p99_us\":%lld,"
	       "\"p999_us\":%lld,\"max_us\":%lld}\n",
	       (double)load->done_in_time / load->plan.seconds,
	       (unsigned long long)latency->count,
	       (unsigned long long)load->statuses[2],
	       (unsigned long long)load->statuses[4],
	       (unsigned long long)load->statuses[5],
	       (unsigned long long)load->broken, (unsigned long long)load->busy,
	       (unsigned long long)unsent(load),
	       (long long)latency_at(latency, 0.5),
	       (long long)latency_at(latency, 0.9),
	       (long long)latency_at(latency, 0.99),
	       (long long)latency_at(latency, 0.999),
	       (long long)latency->max_us);
}

int main(int argc, char **argv)
{
	static struct load load;

	if (!plan_parse(&load.plan, argc, argv))
		return 2;
	if (load.plan.record) {
		load.record = fopen(load.plan.record, "w");
		if (!load.record)
			fail(load.plan.record);
	}
	open_all(&load);
	run(&load);
	if (load.record && fclose(load.record) != 0)
		fail("cannot close the record");
	print(&load);
	return 0;
}
