#include "tests/integration/raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/harness.h"

int raw_connect(const char *url)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *host = strstr(url, "://") + 3;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)atoi(strchr(host, ':') + 1));
	assert_true(fd >= 0);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

bool raw_send(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = send(fd, at, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		length -= (size_t)n;
	}
	return true;
}

void raw_printf(int fd, const char *format, ...)
{
	char text[1024];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_in_range(length, 1, sizeof(text) - 1);
	assert_true(raw_send(fd, text, (size_t)length));
}

void raw_release(struct raw *raw)
{
	buf_release(&raw->bytes);
	*raw = (struct raw){ 0 };
}

/* ---- taking answers apart ---- */

/* The length of the whole answer at `at`; 0 when it is not whole. */
static size_t answer_length(const char *at, const char *end)
{
	const char *blank = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
	const char *length;
	size_t head;

	if (!blank)
		return 0;
	head = (size_t)(blank + 4 - at);
	length = strcasestr(at, "\r\nContent-Length:");
	if (length && length < blank)
		head += strtoul(length + strlen("\r\nContent-Length:"), NULL,
				10);
	return head <= (size_t)(end - at) ? head : 0;
}

const char *raw_head(const struct raw *raw, unsigned n)
{
	const char *at = raw->bytes.data;
	const char *end = at ? at + raw->bytes.length : NULL;

	while (at && at < end) {
		size_t length = answer_length(at, end);

		if (length == 0 || strncmp(at, "HTTP/1.1 ", 9) != 0)
			return NULL;
		if (n-- == 0)
			return at;
		at += length;
	}
	return NULL;
}

int raw_status(const struct raw *raw, unsigned n)
{
	const char *at = raw_head(raw, n);

	return at ? atoi(at + 9) : 0;
}

unsigned raw_count(const struct raw *raw)
{
	unsigned count = 0;

	while (raw_head(raw, count))
		count++;
	return count;
}

const char *raw_body(const struct raw *raw, unsigned n)
{
	const char *at = raw_head(raw, n);

	return at ? strstr(at, "\r\n\r\n") + 4 : NULL;
}

/* ---- reading ---- */

/* False when nothing more is to come. */
static bool read_some(int fd, int ms, struct raw *raw)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	char bytes[65536];
	ssize_t n;

	if (poll(&waiting, 1, ms) <= 0)
		return false;
	n = recv(fd, bytes, sizeof(bytes), 0);
	if (n <= 0) {
		raw->closed = true;
		return false;
	}
	buf_append(&raw->bytes, bytes, (size_t)n);
	assert_false(raw->bytes.failed);
	return true;
}

void raw_read(int fd, unsigned statuses, int ms, struct raw *raw_r)
{
	/* NUL-terminated also when nothing comes */
	buf_append(&raw_r->bytes, "", 0);
	while (statuses == 0 || raw_count(raw_r) < statuses)
		if (!read_some(fd, ms, raw_r))
			break;
}

void raw_receive(int fd, size_t length, struct raw *raw_r)
{
	char *at = buf_reserve(&raw_r->bytes, length + 1);

	assert_non_null(at);
	assert_int_equal(recv(fd, at, length, MSG_WAITALL), length);
	raw_r->bytes.length += length;
	at[length] = '\0';
}
