#include "api/loop.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/request.h"
#include "common/clock.h"
#include "common/log.h"

#define POLL_MS 1000
#define FAILED_MS 100

struct loop {
	void *context;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	int wake_fd;
	atomic_bool sleeping, stopping, quiesce;
	sem_t quiesced;
	/* to be resumed, the last one first */
	_Atomic(struct request *) ready;
};

/* ---- the thread ---- */

/* In the order in which they came. */
static struct request *take_ready(struct loop *loop)
{
	struct request *last = atomic_exchange(&loop->ready, NULL);
	struct request *first = NULL;

	while (last) {
		struct request *request = last;

		last = request->next;
		request->next = first;
		first = request;
	}
	return first;
}

static void resume_ready(struct loop *loop)
{
	struct request *request = take_ready(loop);

	while (request) {
		struct request *next = request->next;

		MHD_resume_connection(request->connection);
		request = next;
	}
}

static void turn(struct loop *loop)
{
	resume_ready(loop);
	if (atomic_exchange(&loop->quiesce, false)) {
		/* the socket stays open: the daemon may still look at it */
		(void)MHD_quiesce_daemon(loop->daemon);
		sem_post(&loop->quiesced);
	}
	if (MHD_run_wait(loop->daemon, 0) == MHD_YES)
		return;
	log_event(LOG_ERROR, "connections-unserved");
	clock_sleep_ms(FAILED_MS);
}

static bool has_more(struct loop *loop)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	return MHD_get_timeout(loop->daemon, &timeout_ms) == MHD_YES &&
	       timeout_ms == 0;
}

static void sleep_until_work(struct loop *loop)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[2] = {
		{ .fd = loop->wake_fd, .events = POLLIN },
		{ .fd = info ? info->epoll_fd : -1, .events = POLLIN },
	};
	uint64_t wakes;

	atomic_store(&loop->sleeping, true);
	/* a signal or an error ends the wait early, which is harmless */
	if (!atomic_load(&loop->ready) && poll(fds, 2, POLL_MS) > 0 &&
	    (fds[0].revents & POLLIN) &&
	    read(loop->wake_fd, &wakes, sizeof(wakes)) < 0)
		log_event(LOG_WARNING, "eventfd-unreadable");
	atomic_store(&loop->sleeping, false);
}

static void *run(void *argument)
{
	struct loop *loop = argument;

	while (!atomic_load(&loop->stopping)) {
		turn(loop);
		if (!has_more(loop))
			sleep_until_work(loop);
	}
	/* what was resumed last is not suspended any more */
	turn(loop);
	return NULL;
}

/* ---- the outside ---- */

static void wake(struct loop *loop)
{
	uint64_t one = 1;

	/* fails only when the counter is full, and then it wakes anyway */
	if (write(loop->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void loop_resume(struct loop *loop, struct request *request)
{
	request->next = atomic_load(&loop->ready);
	while (!atomic_compare_exchange_weak(&loop->ready, &request->next,
					     request))
		;
	/* one wake-up is enough for all that come until it wakes */
	if (atomic_load(&loop->sleeping) &&
	    atomic_exchange(&loop->sleeping, false))
		wake(loop);
}

void *loop_context(const struct loop *loop)
{
	return loop->context;
}

static void release(struct loop *loop)
{
	if (loop->daemon)
		MHD_stop_daemon(loop->daemon);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	sem_destroy(&loop->quiesced);
	free(loop);
}

struct loop *loop_new(loop_daemon_fn *daemon, void *context, int listening)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int own;

	if (!loop)
		return NULL;
	loop->context = context;
	sem_init(&loop->quiesced, 0, 0);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	own = fcntl(listening, F_DUPFD_CLOEXEC, 0);
	if (loop->wake_fd >= 0 && own >= 0)
		loop->daemon = daemon(context, loop, own);
	if (!loop->daemon && own >= 0)
		close(own);
	if (loop->daemon && pthread_create(&loop->thread, NULL, run, loop) == 0)
		return loop;
	release(loop);
	return NULL;
}

void loop_quiesce(struct loop *loop)
{
	atomic_store(&loop->quiesce, true);
	wake(loop);
	/* a signal may end the wait early */
	while (sem_wait(&loop->quiesced) != 0)
		;
}

void loop_free(struct loop **loop)
{
	struct loop *it = *loop;

	if (!it)
		return;
	atomic_store(&it->stopping, true);
	wake(it);
	pthread_join(it->thread, NULL);
	release(it);
	*loop = NULL;
}
