#include "api/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "api/connection.h"
#include "api/http.h"
#include "common/clock.h"
#include "common/log.h"

#define SWEEP_MS 1000
#define EVENTS_A_TURN 256
/* Few, so that new connections spread over the loops. */
#define ACCEPTS_A_TURN 4
#define FAILED_MS 100

struct loop {
	void *context;
	pthread_t thread;
	int epoll, wake_fd, listening;
	atomic_bool sleeping, stopping, quiesce;
	sem_t quiesced;
	/* to be resumed, the last one first */
	_Atomic(struct request *) ready;

	/* the thread's own */
	bool accepting; /* epoll looks at the listening socket */
	bool quiet;	/* takes no more connections, ever */
	unsigned count, max;
	struct connection *first, *again;
	int64_t now_ms, swept_ms;
	time_t date_at;
	char date[32];
	char scratch[LOOP_SCRATCH];
};

/* ---- what connections ask for ---- */

void *loop_context(const struct loop *loop)
{
	return loop->context;
}

char *loop_scratch(struct loop *loop)
{
	return loop->scratch;
}

int64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

const char *loop_date(struct loop *loop)
{
	time_t now = time(NULL);
	struct tm parts;

	if (now != loop->date_at && gmtime_r(&now, &parts) &&
	    strftime(loop->date, sizeof(loop->date),
		     "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0)
		loop->date_at = now;
	return loop->date;
}

void loop_again(struct loop *loop, struct connection *connection)
{
	if (connection->listed)
		return;
	connection->listed = true;
	connection->again = loop->again;
	loop->again = connection;
}

/* ---- new connections ---- */

static bool watch(struct loop *loop, int fd, uint32_t events, void *whose)
{
	struct epoll_event event = { .events = events, .data.ptr = whose };

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* While it must not accept, epoll does not look at the socket: it would be
 * ready all the time. */
static void set_accepting(struct loop *loop, bool accepting)
{
	if (accepting == loop->accepting)
		return;
	if (accepting ? watch(loop, loop->listening, EPOLLIN | EPOLLEXCLUSIVE,
			      &loop->listening)
		      : epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->listening,
				  NULL) == 0)
		loop->accepting = accepting;
}

void loop_drop(struct loop *loop, struct connection *connection)
{
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	loop->count--;
	set_accepting(loop, !loop->quiet);
	if (!connection->listed)
		free(connection);
}

static void add(struct loop *loop, int fd)
{
	const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	struct connection *connection = connection_new(loop, fd);
	int on = 1;

	if (!connection) {
		(void)close(fd);
		return;
	}
	connection->next = loop->first;
	connection->link = &loop->first;
	if (loop->first)
		loop->first->link = &connection->next;
	loop->first = connection;
	loop->count++;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    !watch(loop, fd, events, connection))
		connection_close(connection);
}

static void accept_some(struct loop *loop)
{
	for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd;

		if (loop->count >= loop->max) {
			set_accepting(loop, false);
			return;
		}
		fd = accept4(loop->listening, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			add(loop, fd);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			log_event(LOG_WARNING, "cannot-accept",
				  LOG_TEXT("reason", strerror(errno)));
			/* until the next sweep */
			set_accepting(loop, false);
			return;
		}
	}
}

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

		http_resumed(request);
		request = next;
	}
}

static void go_on(struct loop *loop)
{
	struct connection *connection = loop->again;

	loop->again = NULL;
	while (connection) {
		struct connection *next = connection->again;

		connection->listed = false;
		if (connection->state == CONNECTION_CLOSED)
			free(connection);
		else
			connection_go_on(connection);
		connection = next;
	}
}

static void sweep(struct loop *loop)
{
	struct connection *next;

	if (loop->now_ms - loop->swept_ms < SWEEP_MS)
		return;
	loop->swept_ms = loop->now_ms;
	for (struct connection *it = loop->first; it; it = next) {
		next = it->next;
		connection_check_time(it, loop->now_ms);
	}
	set_accepting(loop, !loop->quiet && loop->count < loop->max);
}

static void stop_accepting(struct loop *loop)
{
	if (!atomic_exchange(&loop->quiesce, false))
		return;
	loop->quiet = true;
	set_accepting(loop, false);
	sem_post(&loop->quiesced);
}

static int wait_for_events(struct loop *loop, struct epoll_event *events)
{
	int count;

	atomic_store(&loop->sleeping, true);
	count = epoll_wait(loop->epoll, events, EVENTS_A_TURN,
			   loop->again || atomic_load(&loop->ready) ? 0
								    : SWEEP_MS);
	atomic_store(&loop->sleeping, false);
	if (count < 0 && errno != EINTR) {
		log_event(LOG_ERROR, "connections-unserved",
			  LOG_TEXT("reason", strerror(errno)));
		clock_sleep_ms(FAILED_MS);
	}
	loop->now_ms = clock_monotonic_ms();
	return count;
}

static void turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_A_TURN];
	int count = wait_for_events(loop, events);

	resume_ready(loop);
	for (int i = 0; i < count; i++) {
		void *whose = events[i].data.ptr;

		if (whose == &loop->listening)
			accept_some(loop);
		else if (whose != loop) /* a wake-up says nothing more */
			connection_event(whose, events[i].events);
	}
	go_on(loop);
	sweep(loop);
	stop_accepting(loop);
}

static void *run(void *argument)
{
	struct loop *loop = argument;

	while (!atomic_load(&loop->stopping))
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

static void release(struct loop *loop)
{
	struct connection *next;

	for (struct connection *it = loop->first; it; it = next) {
		next = it->next;
		connection_close(it);
	}
	go_on(loop);
	if (loop->wake_fd >= 0)
		(void)close(loop->wake_fd);
	if (loop->epoll >= 0)
		(void)close(loop->epoll);
	sem_destroy(&loop->quiesced);
	free(loop);
}

struct loop *loop_new(void *context, int listening, unsigned connections)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->context = context;
	loop->listening = listening;
	loop->max = connections;
	loop->now_ms = loop->swept_ms = clock_monotonic_ms();
	sem_init(&loop->quiesced, 0, 0);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	set_accepting(loop, true);
	/* edge-triggered, so that it need not be read */
	if (loop->wake_fd >= 0 && loop->accepting &&
	    watch(loop, loop->wake_fd, EPOLLIN | EPOLLET, loop) &&
	    pthread_create(&loop->thread, NULL, run, loop) == 0)
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
	/* what came back last: no longer worked on, and answered as may be */
	resume_ready(it);
	release(it);
	*loop = NULL;
}
