#include "common/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics.h"

#define LOOK_EVERY_MS 500

struct watch {
	struct watch *next;
	int socket;
	atomic_int_fast64_t due; /* monotonic ms, 0: not armed */
	atomic_bool fired;
};

/* Guards the list; a watch's own fields are atomic. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch *watches;
static bool running;

static void look(struct watch *watch, int64_t now)
{
	int64_t due = atomic_load(&watch->due);

	if (due == 0 || due > now || atomic_load(&watch->fired))
		return;
	atomic_store(&watch->fired, true);
	watchdog_shut(watch);
	metrics_count_hung_call();
}

static void *run(void *unused)
{
	(void)unused;
	for (;;) {
		clock_sleep_ms(LOOK_EVERY_MS);
		pthread_mutex_lock(&lock);
		for (struct watch *watch = watches; watch; watch = watch->next)
			look(watch, clock_monotonic_ms());
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* Signals stay with the threads that wait for them. */
static int start_thread(void)
{
	sigset_t all, before;
	pthread_t thread;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(&thread, NULL, run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure == 0)
		pthread_detach(thread);
	return failure;
}

static int enlist(struct watch *watch)
{
	int failure = 0;

	pthread_mutex_lock(&lock);
	if (!running)
		failure = start_thread();
	if (failure == 0) {
		running = true;
		watch->next = watches;
		watches = watch;
	}
	pthread_mutex_unlock(&lock);
	return failure;
}

struct watch *watchdog_add(int socket)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int failure;

	if (!watch)
		return NULL;
	watch->socket = fcntl(socket, F_DUPFD_CLOEXEC, 0);
	failure = watch->socket < 0 ? errno : enlist(watch);
	if (failure == 0)
		return watch;
	if (watch->socket >= 0)
		close(watch->socket);
	free(watch);
	errno = failure;
	return NULL;
}

void watchdog_remove(struct watch **watch)
{
	struct watch **at;

	if (!*watch)
		return;
	pthread_mutex_lock(&lock);
	for (at = &watches; *at != *watch; at = &(*at)->next)
		continue;
	*at = (*watch)->next;
	pthread_mutex_unlock(&lock);
	close((*watch)->socket);
	free(*watch);
	*watch = NULL;
}

int watchdog_socket(const struct watch *watch)
{
	return watch->socket;
}

void watchdog_arm(struct watch *watch, int64_t within_ms)
{
	atomic_store_explicit(&watch->due, clock_monotonic_ms() + within_ms,
			      memory_order_relaxed);
}

void watchdog_disarm(struct watch *watch)
{
	atomic_store_explicit(&watch->due, 0, memory_order_relaxed);
}

bool watchdog_fired(const struct watch *watch)
{
	return atomic_load(&watch->fired);
}

void watchdog_shut(struct watch *watch)
{
	/* Fails only when the connection has ended already. */
	(void)shutdown(watch->socket, SHUT_RDWR);
}
