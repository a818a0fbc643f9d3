/*
 * Waits until a counter of some daemons' metrics, all its series together, has
 * come to a number, and says how fast: from the first look that found it
 * moving. The daemons may still be starting.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 20
#define PAGE_MAX ((size_t)256 * 1024)

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The page of metrics, NUL-terminated; empty while nobody listens. */
static void read_page(int port, char *page)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\n"
				      "Host: localhost\r\n"
				      "Connection: close\r\n\r\n";
	struct sockaddr_in where = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t length = 0;
	ssize_t n = 0;

	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&where, sizeof(where)) == 0 &&
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0)
		while ((n = recv(fd, page + length, PAGE_MAX - 1 - length, 0)) >
		       0)
			length += (size_t)n;
	if (fd >= 0)
		close(fd);
	page[n < 0 ? 0 : length] = '\0';
}

static double sum_of(const char *page, const char *name)
{
	size_t length = strlen(name);
	double sum = 0;

	for (const char *line = page; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, name, length) != 0 ||
		    (line[length] != '{' && line[length] != ' '))
			continue;
		line += strcspn(line, " \n");
		sum += strtod(line, NULL);
	}
	return sum;
}

static double look(const char *name, char **ports, char *page)
{
	double sum = 0;

	for (; *ports; ports++) {
		read_page(atoi(*ports), page);
		sum += sum_of(page, name);
	}
	return sum;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };
	double end, total, first = 0, first_at = 0, seen = 0;
	char *page = malloc(PAGE_MAX);

	if (argc < 5 || !page) {
		fputs("usage: await SECONDS METRIC TOTAL PORT...\n", stderr);
		return 2;
	}
	end = now() + strtod(argv[1], NULL);
	total = strtod(argv[3], NULL);
	while (now() < end) {
		seen = look(argv[2], argv + 4, page);
		if (seen >= total)
			break;
		if (seen > 0 && first_at == 0) {
			first = seen;
			first_at = now();
		}
		nanosleep(&pause, NULL);
	}
	free(page);
	if (seen < total || first_at == 0) {
		fprintf(stderr, "await: %s is at %.0f of %.0f\n", argv[2], seen,
			total);
		return 1;
	}
	printf("%.0f\n", (seen - first) / (now() - first_at));
	return 0;
}
