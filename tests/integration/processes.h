#ifndef CONFAB_TESTS_INTEGRATION_PROCESSES_H
#define CONFAB_TESTS_INTEGRATION_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"

/* The stack's processes: local/stack does the work, as for a user. */

/* Runs a program; returns its exit code (128 + signal when killed). `output_r`
 * gets what it wrote, stderr too, NUL-terminated; may be NULL. argv ends with
 * NULL. */
int process_run(const char *const *argv, struct buf *output_r);
/* bin/NAME, valid until the next call. */
const char *process_path(const char *name);
/* Runs bin/confabctl with up to four words; the test fails when it does not
 * exit with `expected`. Its output is valid until the next call. */
const char *confabctl(int expected, const char *a, const char *b, const char *c,
		      const char *d);

/* The service of SQL: mariadb or mysql. */
const char *sql_service(void);
/* The folder with a server's data, which each kind of SQL has for itself. Valid
 * until the next call. */
const char *stack_home(const char *server);

/* Fail the test when it does not work. stack_start() returns when the service
 * is ready. */
void stack_stop(const char *service);
void stack_start(const char *service);
/* The pid of a running service, 0 when it is down. */
pid_t stack_pid(const char *service);
/* The address of its metrics; the test fails when it has none. */
void stack_metrics_url(const char *service, char *url_r, size_t size);
/* A cmocka teardown: whatever a test has stopped is started again, and the API
 * is ready. When the API does not get ready by itself, the teardown fails, and
 * its two processes are started anew for the tests that follow. */
int stack_repair(void **state);

/* kill -9. Returns the pid that was killed. */
pid_t stack_kill(const char *service);
/* Another process than `killed` runs in its place. */
bool stack_is_back(const char *service, pid_t killed);

/* One worker more, or one API more, beside the stack's own, with its settings.
 * The API is where the metrics are, see worker_url(). */
struct worker {
	pid_t pid;
	char metrics_url[64];
};
void worker_start(const char *service, struct worker *worker_r);
/* The same with other settings, as a shell takes them: "A=1 B=2". */
void worker_start_with(const char *service, const char *changed,
		       struct worker *worker_r);
/* SIGTERM; the test fails when it does not exit with 0. */
void worker_stop(struct worker *worker);
/* As worker_start_with(), for one that will not get ready: does not wait. */
void worker_launch(const char *service, const char *changed,
		   struct worker *worker_r);
/* http://host:port, valid until the next call. */
const char *worker_url(const struct worker *worker);

/* The sum of a metric's series at that address; 0 when it has none yet. */
uint64_t metric_sum(const char *url, const char *name);

#endif
