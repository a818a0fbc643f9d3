#ifndef CONFAB_TESTS_PRELOAD_SOCKETS_H
#define CONFAB_TESTS_PRELOAD_SOCKETS_H

#include <stdatomic.h>

/*
 * What sockets.so, preloaded into a daemon, does to the calls on sockets that
 * the daemon has connected: send, sendmsg, write, writev, recv, recvmsg, read,
 * poll, and connect itself. It shares this structure with the test, through
 * the file that SOCKETS_FILE names in the daemon's environment. All zeroes:
 * nothing is done.
 */
#define SOCKETS_FILE "SOCKETS_CONTROL"

enum sockets_mode {
	SOCKETS_QUIET,
	/*
	 * The calls are counted. Number `first` breaks its connection: it
	 * fails with ECONNRESET. So does, with `error`, the call that comes
	 * `later` calls after that one (0: none does), on whichever connection
	 * it is. EPIPE stands for the end of the stream where something is
	 * read and for a refusal where it connects; EAGAIN breaks nothing, it
	 * is a time-out or, where the call does not wait, an early call.
	 */
	SOCKETS_BREAK,
	/* No call moves more than one byte, and each third is interrupted
	 * (EINTR; EAGAIN where it does not wait). No connection breaks. */
	SOCKETS_TEASE
};

struct sockets_control {
	/* the test's; mode last */
	atomic_uint port; /* of the server whose links are meant; 0: all */
	atomic_uint first, later;
	atomic_int error;
	atomic_uint mode;
	/* the daemon's; the test sets `calls` and `struck` to 0 */
	atomic_uint calls;  /* in the mode SOCKETS_BREAK */
	atomic_uint struck; /* calls that failed */
	atomic_uint teased;
	/* connections since the start, and those that the daemon has closed */
	atomic_uint connects, closed;
};

#endif
