#include "tests/preload/sockets.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define SOCKETS 4096
#define PORT_BITS 0xffffu
#define DEAD 0x10000u

/* Of what each descriptor is connected to; 0: none of our business. */
static atomic_uint peers[SOCKETS];
static struct sockets_control *_Atomic control;

/* The function that the daemon would have got without us. */
#define TRUE_ONE(name) ((__typeof__(&(name)))find(#name))

static void *find(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

__attribute__((constructor)) static void open_control(void)
{
	const char *path = getenv(SOCKETS_FILE);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, sizeof(struct sockets_control),
		      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TRUE_ONE(close)(fd);
	if (memory != MAP_FAILED)
		atomic_store(&control, memory);
}

/* ---- what is to happen ---- */

static atomic_uint *peer_of(int fd)
{
	return fd >= 0 && fd < SOCKETS ? &peers[fd] : NULL;
}

static bool is_meant(int fd)
{
	atomic_uint *peer = peer_of(fd);
	unsigned port = peer ? atomic_load(peer) & PORT_BITS : 0;
	struct sockets_control *now = atomic_load(&control);
	unsigned wanted = now ? atomic_load(&now->port) : 0;

	return now && port != 0 && (wanted == 0 || wanted == port);
}

static bool is_dead(int fd)
{
	atomic_uint *peer = peer_of(fd);

	return peer && (atomic_load(peer) & DEAD);
}

/* The error of this call, 0 when it is not its turn. */
static int next_error(void)
{
	struct sockets_control *now = atomic_load(&control);
	unsigned call, first, later;

	if (atomic_load(&now->mode) != SOCKETS_BREAK)
		return 0;
	call = atomic_fetch_add(&now->calls, 1) + 1;
	first = atomic_load(&now->first);
	later = atomic_load(&now->later);
	if (call != first && (later == 0 || call != first + later))
		return 0;
	atomic_fetch_add(&now->struck, 1);
	return call == first ? ECONNRESET : atomic_load(&now->error);
}

static bool is_teased(void)
{
	struct sockets_control *now = atomic_load(&control);

	return atomic_load(&now->mode) == SOCKETS_TEASE;
}

static bool is_interrupted(void)
{
	struct sockets_control *now = atomic_load(&control);

	return atomic_fetch_add(&now->teased, 1) % 3 == 0;
}

/* Both ends learn of it. */
static void kill_connection(int fd)
{
	atomic_fetch_or(peer_of(fd), DEAD);
	(void)shutdown(fd, SHUT_RDWR);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* ---- sending and receiving ---- */

enum fate { FATE_PASS, FATE_ONE_BYTE, FATE_OVER };

static enum fate tease(int fd, int flags, ssize_t *result_r)
{
	bool waits =
		!(flags & MSG_DONTWAIT) && !(fcntl(fd, F_GETFL) & O_NONBLOCK);

	if (!is_interrupted())
		return FATE_ONE_BYTE;
	*result_r = fail(waits ? EINTR : EAGAIN);
	return FATE_OVER;
}

static ssize_t strike(int fd, bool sends, int error)
{
	if (error == EAGAIN)
		return fail(error);
	kill_connection(fd);
	return !sends && error == EPIPE ? 0 : fail(error);
}

/* *result_r is set, and errno, with FATE_OVER. */
static enum fate judge(int fd, bool sends, int flags, ssize_t *result_r)
{
	int error;

	if (!is_meant(fd))
		return FATE_PASS;
	if (is_dead(fd)) {
		*result_r = sends ? fail(EPIPE) : 0;
		return FATE_OVER;
	}
	if (is_teased())
		return tease(fd, flags, result_r);
	error = next_error();
	if (error == 0)
		return FATE_PASS;
	*result_r = strike(fd, sends, error);
	return FATE_OVER;
}

static size_t least_of(enum fate fate, size_t size)
{
	return fate == FATE_ONE_BYTE && size > 1 ? 1 : size;
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	ssize_t result;
	enum fate fate = judge(fd, true, flags, &result);

	if (fate == FATE_OVER)
		return result;
	return TRUE_ONE(send)(fd, bytes, least_of(fate, size), flags);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	ssize_t result;
	enum fate fate = judge(fd, true, 0, &result);

	if (fate == FATE_OVER)
		return result;
	return TRUE_ONE(write)(fd, bytes, least_of(fate, size));
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	ssize_t result;
	enum fate fate = judge(fd, false, flags, &result);

	if (fate == FATE_OVER)
		return result;
	return TRUE_ONE(recv)(fd, bytes, least_of(fate, size), flags);
}

ssize_t read(int fd, void *bytes, size_t size)
{
	ssize_t result;
	enum fate fate = judge(fd, false, 0, &result);

	if (fate == FATE_OVER)
		return result;
	return TRUE_ONE(read)(fd, bytes, least_of(fate, size));
}

/* The first piece that is not empty, of one byte; none: length 0. */
static struct iovec first_byte(const struct iovec *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pieces[i].iov_len > 0)
			return (struct iovec){ pieces[i].iov_base, 1 };
	return (struct iovec){ NULL, 0 };
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	ssize_t result;
	enum fate fate = judge(fd, true, 0, &result);
	struct iovec one;

	if (fate == FATE_OVER)
		return result;
	if (fate == FATE_PASS)
		return TRUE_ONE(writev)(fd, pieces, count);
	one = first_byte(pieces, (size_t)count);
	return TRUE_ONE(writev)(fd, &one, 1);
}

static struct msghdr with_one_byte(const struct msghdr *message,
				   struct iovec *one)
{
	struct msghdr shorter = *message;

	*one = first_byte(message->msg_iov, message->msg_iovlen);
	shorter.msg_iov = one;
	shorter.msg_iovlen = 1;
	return shorter;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t result;
	enum fate fate = judge(fd, true, flags, &result);
	struct msghdr shorter;
	struct iovec one;

	if (fate == FATE_OVER)
		return result;
	if (fate == FATE_PASS)
		return TRUE_ONE(sendmsg)(fd, message, flags);
	shorter = with_one_byte(message, &one);
	return TRUE_ONE(sendmsg)(fd, &shorter, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t result;
	enum fate fate = judge(fd, false, flags, &result);
	struct msghdr shorter;
	struct iovec one;

	if (fate == FATE_OVER)
		return result;
	if (fate == FATE_PASS)
		return TRUE_ONE(recvmsg)(fd, message, flags);
	shorter = with_one_byte(message, &one);
	return TRUE_ONE(recvmsg)(fd, &shorter, flags);
}

/* ---- connecting and waiting ---- */

static unsigned port_in(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)
				     ->sin_port);
	if (address->sa_family == AF_INET6)
		return ntohs(
			((const struct sockaddr_in6 *)(const void *)address)
				->sin6_port);
	return 0;
}

/* The prototype has a union of pointers, which takes a pointer of each kind. */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	int (*true_one)(int, __CONST_SOCKADDR_ARG, socklen_t) = find("connect");
	atomic_uint *peer = peer_of(fd);
	int error;

	if (peer)
		atomic_store(peer, port_in(address.__sockaddr__));
	if (!is_meant(fd))
		return true_one(fd, address, size);
	atomic_fetch_add(&atomic_load(&control)->connects, 1);
	error = next_error();
	if (error == 0 || error == EAGAIN)
		return true_one(fd, address, size);
	kill_connection(fd);
	return fail(error == ETIMEDOUT ? ETIMEDOUT : ECONNREFUSED);
}

int poll(struct pollfd *sockets, nfds_t count, int timeout_ms)
{
	nfds_t i = 0;
	int error;

	while (i < count && !is_meant(sockets[i].fd))
		i++;
	if (i == count)
		return TRUE_ONE(poll)(sockets, count, timeout_ms);
	if (is_teased()) {
		if (timeout_ms != 0 && is_interrupted())
			return fail(EINTR);
	} else {
		error = next_error();
		if (error != 0 && error != EAGAIN)
			kill_connection(sockets[i].fd);
	}
	return TRUE_ONE(poll)(sockets, count, timeout_ms);
}

int close(int fd)
{
	if (is_meant(fd))
		atomic_fetch_add(&atomic_load(&control)->closed, 1);
	if (peer_of(fd))
		atomic_store(peer_of(fd), 0);
	return TRUE_ONE(close)(fd);
}
