#include "tests/chaos/proxy_pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/chaos/dice.h"

#define READ_MAX 16384u

struct proxy_chunk {
	struct proxy_chunk *next;
	int64_t due_ms;
	size_t length, sent;
	char bytes[];
};

/* Slices need not be the same each time: what comes between two of them is
 * the scheduler's choice anyway. */
static struct dice dice = { 1 };

void proxy_pipe_release(struct proxy_pipe *pipe)
{
	while (pipe->first) {
		struct proxy_chunk *next = pipe->first->next;

		free(pipe->first);
		pipe->first = next;
	}
	*pipe = (struct proxy_pipe){ 0 };
}

static void append(struct proxy_pipe *pipe, struct proxy_chunk *chunk)
{
	if (pipe->last)
		pipe->last->next = chunk;
	else
		pipe->first = chunk;
	pipe->last = chunk;
	pipe->queued += chunk->length;
}

bool proxy_pipe_fill(struct proxy_pipe *pipe, int fd,
		     const struct proxy_manner *manner, int64_t now_us)
{
	static char bytes[READ_MAX];
	ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
	struct proxy_chunk *chunk;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0) {
		pipe->end_read = true;
		return true;
	}
	chunk = malloc(sizeof(*chunk) + (size_t)got);
	if (!chunk)
		return false;
	chunk->next = NULL;
	chunk->due_ms = now_us / 1000 + manner->latency_ms;
	/* a shorter latency must not let later bytes overtake */
	if (chunk->due_ms < pipe->last_due_ms)
		chunk->due_ms = pipe->last_due_ms;
	pipe->last_due_ms = chunk->due_ms;
	chunk->length = (size_t)got;
	chunk->sent = 0;
	memcpy(chunk->bytes, bytes, (size_t)got);
	append(pipe, chunk);
	return true;
}

/* How many of `length` bytes may go in one piece now; 0: wait. */
static size_t allowance(struct proxy_pipe *pipe, size_t length,
			const struct proxy_manner *manner, int64_t now_us)
{
	size_t piece = length;

	if (manner->sliced) {
		if (now_us / 1000 < pipe->rests_until_ms)
			return 0;
		piece = dice_below(&dice, 2) ? 1 : 1 + dice_below(&dice, 512);
		if (dice_below(&dice, 8) == 0)
			pipe->rests_until_ms = now_us / 1000 + 1;
		/* long enough that several of the sender's writes arrive
		 * glued */
		if (dice_below(&dice, 64) == 0)
			pipe->rests_until_ms = now_us / 1000 + 25;
	}
	if (manner->bytes_per_s > 0) {
		if (now_us < pipe->paid_until_us)
			return 0;
		if (piece > 512)
			piece = 512;
	}
	return piece < length ? piece : length;
}

static void drop_first(struct proxy_pipe *pipe)
{
	struct proxy_chunk *chunk = pipe->first;

	pipe->first = chunk->next;
	if (!pipe->first)
		pipe->last = NULL;
	free(chunk);
}

static void pay(struct proxy_pipe *pipe, const struct proxy_manner *manner,
		size_t bytes, int64_t now_us)
{
	if (manner->bytes_per_s <= 0)
		return;
	if (pipe->paid_until_us < now_us)
		pipe->paid_until_us = now_us;
	pipe->paid_until_us += (int64_t)bytes * 1000000 / manner->bytes_per_s;
}

static bool pass_end(struct proxy_pipe *pipe, int fd)
{
	if (!pipe->end_read || pipe->end_sent)
		return true;
	pipe->end_sent = true;
	return shutdown(fd, SHUT_WR) == 0;
}

bool proxy_pipe_flush(struct proxy_pipe *pipe, int fd,
		      const struct proxy_manner *manner, int64_t now_us,
		      bool *blocked_r)
{
	*blocked_r = false;
	while (pipe->first && pipe->first->due_ms <= now_us / 1000) {
		struct proxy_chunk *chunk = pipe->first;
		size_t piece = allowance(pipe, chunk->length - chunk->sent,
					 manner, now_us);
		ssize_t sent;

		if (piece == 0)
			return true;
		sent = send(fd, chunk->bytes + chunk->sent, piece,
			    MSG_NOSIGNAL);
		if (sent < 0) {
			*blocked_r = errno == EAGAIN;
			return errno == EAGAIN || errno == EINTR;
		}
		chunk->sent += (size_t)sent;
		pipe->queued -= (size_t)sent;
		pay(pipe, manner, (size_t)sent, now_us);
		if (chunk->sent == chunk->length)
			drop_first(pipe);
	}
	return pipe->first ? true : pass_end(pipe, fd);
}

bool proxy_pipe_waits(const struct proxy_pipe *pipe)
{
	return pipe->first != NULL;
}
