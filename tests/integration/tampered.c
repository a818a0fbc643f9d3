#include "tests/integration/tampered.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/faults.h"
#include "tests/integration/harness.h"

/* The library lies beside the folder of this program. */
static void find_library(char *path_r, size_t size)
{
	char program[384];
	ssize_t length =
		readlink("/proc/self/exe", program, sizeof(program) - 1);

	assert_in_range(length, 1, sizeof(program) - 2);
	program[length] = '\0';
	for (int i = 0; i < 2; i++)
		*strrchr(program, '/') = '\0';
	snprintf(path_r, size, "%s/preload/sockets.so", program);
	assert_int_equal(access(path_r, R_OK), 0);
}

static struct sockets_control *share(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	void *memory;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(struct sockets_control)), 0);
	memory = mmap(NULL, sizeof(struct sockets_control),
		      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	close(fd);
	return memory;
}

static bool is_api(const struct tampered *daemon)
{
	return strcmp(daemon->service, "api") == 0;
}

/* With a sanitizer, its runtime must accept that it does not come first. */
void tampered_start(struct tampered *daemon_r, const char *service)
{
	char library[512], control[480], settings[2048], name[64];

	*daemon_r = (struct tampered){ .service = service };
	find_library(library, sizeof(library));
	snprintf(name, sizeof(name), "sockets-%s", service);
	snprintf(control, sizeof(control), "%s", fault_path(name));
	snprintf(daemon_r->log, sizeof(daemon_r->log), "%s.log", control);
	daemon_r->control = share(control);
	if (!is_api(daemon_r))
		stack_stop(service);
	snprintf(settings, sizeof(settings),
		 "LD_PRELOAD='%s' " SOCKETS_FILE "='%s' "
		 "ASAN_OPTIONS=\"$ASAN_OPTIONS:verify_asan_link_order=0\"; "
		 "exec 2>'%s'",
		 library, control, daemon_r->log);
	worker_start_with(service, settings, &daemon_r->worker);
	assert_true(atomic_load(&daemon_r->control->connects) > 0);
}

static bool is_alive(const struct tampered *daemon)
{
	return waitpid(daemon->worker.pid, NULL, WNOHANG) == 0;
}

void tampered_stop(struct tampered *daemon)
{
	tampered_rest(daemon);
	assert_true(is_alive(daemon));
	worker_stop(&daemon->worker);
	daemon->worker.pid = 0;
}

void tampered_release(struct tampered *daemon)
{
	if (daemon->worker.pid > 0) {
		(void)kill(daemon->worker.pid, SIGKILL);
		(void)waitpid(daemon->worker.pid, NULL, 0);
	}
	if (daemon->control)
		(void)munmap(daemon->control, sizeof(*daemon->control));
	*daemon = (struct tampered){ 0 };
}

/* ---- what is done to it ---- */

void tampered_rest(struct tampered *daemon)
{
	atomic_store(&daemon->control->mode, SOCKETS_QUIET);
}

void tampered_break(struct tampered *daemon, unsigned port, unsigned later,
		    int error)
{
	struct sockets_control *control = daemon->control;

	tampered_rest(daemon);
	atomic_store(&control->port, port);
	atomic_store(&control->first, 1);
	atomic_store(&control->later, later);
	atomic_store(&control->error, error);
	atomic_store(&control->calls, 0);
	atomic_store(&control->struck, 0);
	atomic_store(&control->mode, SOCKETS_BREAK);
}

void tampered_tease(struct tampered *daemon)
{
	atomic_store(&daemon->control->port, 0);
	atomic_store(&daemon->control->teased, 0);
	atomic_store(&daemon->control->mode, SOCKETS_TEASE);
}

/* ---- how it is ---- */

bool tampered_is_well(const struct tampered *daemon)
{
	const struct http_reply *reply;
	char url[96];

	if (!is_alive(daemon))
		fail_msg("%s has ended; its log: %s", daemon->service,
			 daemon->log);
	snprintf(url, sizeof(url), "%s/ready", worker_url(&daemon->worker));
	reply = http_send("GET", NULL, NULL, url);
	return reply->status == 200 &&
	       (!is_api(daemon) ||
		strcmp(reply_text(reply, "status"), "ok") == 0);
}

bool tampered_says(const struct tampered *daemon, const char *text)
{
	char line[4096];
	bool found = false;
	FILE *file = fopen(daemon->log, "r");

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	fclose(file);
	return found;
}
