#ifndef CONFAB_TESTS_CHAOS_PROXY_PIPE_H
#define CONFAB_TESTS_CHAOS_PROXY_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What was read from one side of a connection and is not yet with the other,
 * with the times at which it may go on. */
struct proxy_chunk;

struct proxy_pipe {
	struct proxy_chunk *first, *last;
	size_t queued;
	int64_t last_due_ms;
	int64_t rests_until_ms; /* slicing: nothing goes before */
	int64_t paid_until_us;	/* bandwidth: the time up to which it is used */
	bool end_read, end_sent;
};

/* How bytes travel; the default (all 0) is at once and whole. */
struct proxy_manner {
	int latency_ms;
	int bytes_per_s; /* 0: no bound */
	bool sliced;
};

#define PROXY_PIPE_MAX (256u * 1024u)

void proxy_pipe_release(struct proxy_pipe *pipe);
/* Reads once. False when the connection is broken. */
bool proxy_pipe_fill(struct proxy_pipe *pipe, int fd,
		     const struct proxy_manner *manner, int64_t now_us)
	__attribute__((warn_unused_result));
/* Sends what may go now. *blocked_r: the socket takes no more at the moment.
 * False when the connection is broken. */
bool proxy_pipe_flush(struct proxy_pipe *pipe, int fd,
		      const struct proxy_manner *manner, int64_t now_us,
		      bool *blocked_r) __attribute__((warn_unused_result));
/* Something waits for its time, not for the socket. */
bool proxy_pipe_waits(const struct proxy_pipe *pipe);

#endif
