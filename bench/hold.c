/*
 * Holds connections that do nothing: each asks once for /up, so that the server
 * has served it and keeps it, then they rest until standard input ends. Prints
 * how many are open.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SPARE_FILES 16

static const char request[] = "GET /up HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* The hard limit may be enough already. */
static void raise_limit(int connections)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_cur < (rlim_t)connections + SPARE_FILES) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			perror("hold: setrlimit");
	}
}

/* A socket whose request was answered by 200, or -1. */
static int open_one(const struct sockaddr_in *where)
{
	char answer[4096];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)where, sizeof(*where)) == 0 &&
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0) {
		n = recv(fd, answer, sizeof(answer), 0);
		if (n > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0)
			return fd;
	}
	close(fd);
	return -1;
}

int main(int argc, char **argv)
{
	int connections = argc == 3 ? atoi(argv[2]) : 0, opened = 0;
	struct sockaddr_in where = { .sin_family = AF_INET };
	char byte;

	if (connections <= 0) {
		fputs("usage: hold PORT CONNECTIONS\n", stderr);
		return 2;
	}
	where.sin_port = htons((unsigned short)atoi(argv[1]));
	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	raise_limit(connections);
	while (opened < connections && open_one(&where) >= 0)
		opened++;
	if (opened < connections)
		perror("hold");
	printf("%d\n", opened);
	if (fflush(stdout) != 0)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return opened < connections;
}
