#include "tests/integration/processes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/harness.h"

/* ---- running a program ---- */

static void read_all(int fd, struct buf *output_r)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		buf_append(output_r, bytes, (size_t)n);
		at += n;
	}
	buf_append(output_r, "", 0);
}

static int exit_code(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Into a file and not a pipe: what it leaves running may keep it open. */
int process_run(const char *const *argv, struct buf *output_r)
{
	int fd = memfd_create("output", 0);
	pid_t pid;
	int code;

	assert_true(fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		close(fd);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	code = exit_code(pid);
	if (output_r)
		read_all(fd, output_r);
	close(fd);
	return code;
}

const char *process_path(const char *name)
{
	static char path[512];
	const char *folder = getenv("BIN");

	snprintf(path, sizeof(path), "%s/%s",
		 folder && *folder ? folder : "bin", name);
	return path;
}

const char *confabctl(int expected, const char *a, const char *b, const char *c,
		      const char *d)
{
	const char *const argv[] = {
		process_path("confabctl"), a, b, c, d, NULL,
	};
	static struct buf output = BUF_INIT;
	int code;

	buf_clear(&output);
	code = process_run(argv, &output);
	if (code != expected)
		fail_msg("confabctl %s: exit code %d\n%s", a, code,
			 output.data);
	return output.data;
}

/* ---- the stack ---- */

const char *sql_service(void)
{
	const char *name = getenv("SQL");

	return name && strcmp(name, "mysql") == 0 ? "mysql" : "mariadb";
}

const char *stack_home(const char *server)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s%s", setting("STACK_DIR"), server,
		 strcmp(sql_service(), "mysql") == 0 ? "-mysql" : "");
	return path;
}

/* Returns the exit code. */
static int stack(const char *verb, const char *service, struct buf *output)
{
	const char *const argv[] = { "local/stack", verb, service, NULL };

	return process_run(argv, output);
}

static void stack_do(const char *verb, const char *service)
{
	struct buf output = BUF_INIT;

	if (stack(verb, service, &output) != 0)
		fail_msg("local/stack %s %s:\n%s", verb, service, output.data);
	buf_release(&output);
}

void stack_stop(const char *service)
{
	stack_do("stop", service);
}

void stack_start(const char *service)
{
	stack_do("start", service);
}

/* A line of `local/stack status`: name, up or down, pid, address, metrics. */
struct line {
	char name[32], state[16], pid[16], address[128], metrics[128];
};

static bool parse_line(const char *text, struct line *line_r)
{
	*line_r = (struct line){ 0 };
	return sscanf(text, "%31s %15s %15s %127s metrics=%127s", line_r->name,
		      line_r->state, line_r->pid, line_r->address,
		      line_r->metrics) >= 3;
}

static bool find_line(const char *status, const char *service,
		      struct line *line_r)
{
	for (const char *at = status; *at; at += strcspn(at, "\n") + 1) {
		if (parse_line(at, line_r) &&
		    strcmp(line_r->name, service) == 0)
			return true;
		if (!strchr(at, '\n'))
			break;
	}
	return false;
}

static struct line status_of(const char *service)
{
	struct buf output = BUF_INIT;
	struct line line;
	bool found;

	/* 1 when anything is down */
	(void)stack("status", NULL, &output);
	found = find_line(output.data, service, &line);
	if (!found)
		fail_msg("%s is not in the status:\n%s", service, output.data);
	buf_release(&output);
	return line;
}

pid_t stack_pid(const char *service)
{
	struct line line = status_of(service);

	return strcmp(line.state, "up") == 0 ? (pid_t)atoi(line.pid) : 0;
}

void stack_metrics_url(const char *service, char *url_r, size_t size)
{
	struct line line = status_of(service);

	if (!*line.metrics)
		fail_msg("%s shows no metrics", service);
	snprintf(url_r, size, "%s", line.metrics);
}

pid_t stack_kill(const char *service)
{
	pid_t pid = stack_pid(service);

	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	return pid;
}

bool stack_is_back(const char *service, pid_t killed)
{
	pid_t pid = stack_pid(service);

	return pid != 0 && pid != killed;
}

static bool ready(void *context)
{
	const struct http_reply *reply = api("GET", NULL, "/ready");

	(void)context;
	return reply->status == 200 &&
	       strcmp(reply_text(reply, "status"), "ok") == 0;
}

static void start_anew(const char *service)
{
	(void)stack("stop", service, NULL);
	(void)stack("start", service, NULL);
}

int stack_repair(void **state)
{
	struct buf output = BUF_INIT;
	struct line line;
	const char *at;

	(void)state;
	(void)stack("status", NULL, &output);
	for (at = output.data; *at; at += strcspn(at, "\n") + 1) {
		if (parse_line(at, &line) && strcmp(line.state, "down") == 0)
			(void)stack("start", line.name, NULL);
		if (!strchr(at, '\n'))
			break;
	}
	buf_release(&output);
	if (wait_until(ready, NULL, DRAINED_MS))
		return 0;
	start_anew("api");
	start_anew("ingest");
	return -1;
}

uint64_t metric_sum(const char *url, const char *name)
{
	const struct http_reply *reply = http_send("GET", NULL, NULL, url);
	size_t length = strlen(name);
	uint64_t sum = 0;

	assert_status(reply, 200);
	for (const char *at = reply->body; *at; at += strcspn(at, "\n") + 1) {
		const char *space = at + strcspn(at, " \n");

		if (strncmp(at, name, length) == 0 &&
		    (at[length] == '{' || at[length] == ' '))
			sum += strtoull(space, NULL, 10);
		if (!strchr(at, '\n'))
			break;
	}
	return sum;
}
