#include "api/sweeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "api/background.h"
#include "api/http.h"
#include "common/clock.h"

#define PERIOD_MS 1000

struct entry {
	struct entry *next, **link;
	int fd;
	_Atomic int64_t due_ms; /* INT64_MAX: nothing is due from the client */
};

struct sweeper {
	struct background background;
	pthread_mutex_t lock;
	struct entry *first;
};

static void shut_late_ones(struct sweeper *sweeper)
{
	int64_t now = clock_monotonic_ms();

	pthread_mutex_lock(&sweeper->lock);
	for (struct entry *entry = sweeper->first; entry; entry = entry->next) {
		if (atomic_load(&entry->due_ms) > now)
			continue;
		/* the library sees the end of the stream and closes; a socket
		 * that the peer has closed already fails here, to no harm */
		shutdown(entry->fd, SHUT_RDWR);
		atomic_store(&entry->due_ms, INT64_MAX);
	}
	pthread_mutex_unlock(&sweeper->lock);
}

static void *run(void *argument)
{
	struct sweeper *sweeper = argument;

	while (background_sleep(&sweeper->background, PERIOD_MS))
		shut_late_ones(sweeper);
	return NULL;
}

struct sweeper *sweeper_new(void)
{
	struct sweeper *sweeper = calloc(1, sizeof(*sweeper));

	if (!sweeper)
		return NULL;
	pthread_mutex_init(&sweeper->lock, NULL);
	if (!background_start(&sweeper->background, run, sweeper)) {
		free(sweeper);
		return NULL;
	}
	return sweeper;
}

void sweeper_free(struct sweeper **sweeper)
{
	if (!*sweeper)
		return;
	background_stop(&(*sweeper)->background);
	pthread_mutex_destroy(&(*sweeper)->lock);
	free(*sweeper);
	*sweeper = NULL;
}

void *sweeper_add(struct sweeper *sweeper, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry || !info) {
		free(entry);
		return NULL;
	}
	entry->fd = info->connect_fd;
	atomic_store(&entry->due_ms,
		     clock_monotonic_ms() + HTTP_REQUEST_TIMEOUT_MS);
	pthread_mutex_lock(&sweeper->lock);
	entry->next = sweeper->first;
	entry->link = &sweeper->first;
	if (entry->next)
		entry->next->link = &entry->next;
	sweeper->first = entry;
	pthread_mutex_unlock(&sweeper->lock);
	return entry;
}

/* Called before the socket is closed, so no number is shut down that has
 * become another's. */
void sweeper_remove(struct sweeper *sweeper, void *entry)
{
	struct entry *it = entry;

	if (!it)
		return;
	pthread_mutex_lock(&sweeper->lock);
	*it->link = it->next;
	if (it->next)
		it->next->link = it->link;
	pthread_mutex_unlock(&sweeper->lock);
	free(it);
}

static struct entry *entry_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void set_due(struct MHD_Connection *connection, int64_t due_ms)
{
	struct entry *entry = entry_of(connection);

	if (entry)
		atomic_store(&entry->due_ms, due_ms);
}

/* A first request does not get more time by sending its first line late. */
void sweeper_request_started(struct MHD_Connection *connection)
{
	struct entry *entry = entry_of(connection);
	int64_t due_ms = clock_monotonic_ms() + HTTP_REQUEST_TIMEOUT_MS;

	if (entry && atomic_load(&entry->due_ms) > due_ms)
		atomic_store(&entry->due_ms, due_ms);
}

void sweeper_request_complete(struct MHD_Connection *connection)
{
	set_due(connection, INT64_MAX);
}

void sweeper_answer_started(struct MHD_Connection *connection, size_t length)
{
	set_due(connection, clock_monotonic_ms() + HTTP_ANSWER_TIMEOUT_MS +
				    (int64_t)length / HTTP_ANSWER_BYTES_PER_MS);
}

void sweeper_request_ended(struct MHD_Connection *connection)
{
	set_due(connection, clock_monotonic_ms() + HTTP_IDLE_TIMEOUT_MS);
}
