#include "api/waiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "api/server.h"
#include "common/clock.h"
#include "common/log.h"

#define LOOK_MS 25

struct waiter {
	struct server *server;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct request *first; /* submitted, not yet taken over */
	struct request *held;  /* the thread's own */
	struct sql *sql;
};

struct found {
	struct request *request;
	bool stored;
};

/* The row itself makes the answer: 201 with what GET would show. */
static bool render_row(void *context, const struct sql_value *columns,
		       size_t count)
{
	struct found *found = context;
	struct request *request = found->request;
	const struct allocation *allocation = &request->commit.allocation;
	struct record record = { .number = allocation->number };
	const struct member *shape = request->dialect->chat;

	(void)count;
	record.created_at_ms = columns[0].as.i64;
	if (allocation->chat_number) {
		shape = request->dialect->message;
		record.updated_at_ms = columns[1].as.i64;
		record.body = columns[2].as.bytes.data;
		record.body_length = columns[2].as.bytes.length;
	} else {
		record.messages_count = columns[1].as.u64;
	}
	dialect_render(shape, &record,
		       answer_json(&request->answer, MHD_HTTP_CREATED));
	found->stored = true;
	return false;
}

/* True when the row is there and the answer set. */
static bool stored(struct waiter *waiter, struct request *request,
		   enum fault *fault_r)
{
	static const char chat[] =
		"SELECT created_at, messages_count FROM chats "
		"WHERE application_id = ? AND number = ?";
	static const char message[] =
		"SELECT created_at, updated_at, body FROM messages "
		"WHERE application_id = ? AND chat_number = ? AND number = ?";
	const struct allocation *allocation = &request->commit.allocation;
	bool of_chat = allocation->chat_number == 0;
	struct sql_value params[3] = { sql_u64(allocation->application_id) };
	struct found found = { request, false };
	struct error error;
	size_t count = 1;

	if (!of_chat)
		params[count++] = sql_u64(allocation->chat_number);
	params[count++] = sql_u64(allocation->number);
	*fault_r = sql_run(waiter->sql, of_chat ? chat : message, params, count,
			   render_row, &found, NULL, &error);
	return found.stored;
}

/* One look at all that is held. */
static void look(struct waiter *waiter)
{
	int64_t now = clock_monotonic_ms();
	struct request **at = &waiter->held;
	enum fault fault = FAULT_NONE;

	while (*at) {
		struct request *request = *at;
		bool over = now >= request->deadline_ms;

		/* when SQL is away, one failed question a look is enough */
		if (!over &&
		    (fault != FAULT_NONE || !stored(waiter, request, &fault))) {
			at = &request->next;
			continue;
		}
		*at = request->next;
		server_finish(request);
	}
}

static void take_over(struct waiter *waiter)
{
	while (waiter->first) {
		struct request *request = waiter->first;

		waiter->first = request->next;
		request->next = waiter->held;
		waiter->held = request;
	}
}

static void wait_a_moment(struct waiter *waiter)
{
	struct timespec until;

	clock_deadline(LOOK_MS, &until);
	pthread_cond_timedwait(&waiter->changed, &waiter->lock, &until);
}

static void *run(void *argument)
{
	struct waiter *waiter = argument;

	sql_thread_init();
	pthread_mutex_lock(&waiter->lock);
	while (!waiter->stopping) {
		take_over(waiter);
		if (waiter->held) {
			pthread_mutex_unlock(&waiter->lock);
			look(waiter);
			pthread_mutex_lock(&waiter->lock);
			if (waiter->held)
				wait_a_moment(waiter);
		} else {
			pthread_cond_wait(&waiter->changed, &waiter->lock);
		}
	}
	take_over(waiter);
	pthread_mutex_unlock(&waiter->lock);
	while (waiter->held) {
		struct request *request = waiter->held;

		waiter->held = request->next;
		server_finish(request);
	}
	sql_disconnect(waiter->sql);
	sql_thread_release();
	return NULL;
}

struct waiter *waiter_new(struct server *server)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return NULL;
	waiter->server = server;
	waiter->sql = sql_new(&server->sql_settings);
	pthread_mutex_init(&waiter->lock, NULL);
	clock_cond_init(&waiter->changed);
	if (!waiter->sql ||
	    pthread_create(&waiter->thread, NULL, run, waiter) != 0) {
		sql_free(&waiter->sql);
		free(waiter);
		return NULL;
	}
	return waiter;
}

void waiter_free(struct waiter **waiter)
{
	struct waiter *it = *waiter;

	if (!it)
		return;
	pthread_mutex_lock(&it->lock);
	it->stopping = true;
	pthread_cond_broadcast(&it->changed);
	pthread_mutex_unlock(&it->lock);
	pthread_join(it->thread, NULL);
	sql_free(&it->sql);
	pthread_cond_destroy(&it->changed);
	pthread_mutex_destroy(&it->lock);
	free(it);
	*waiter = NULL;
}

void waiter_submit(struct waiter *waiter, struct request *request)
{
	pthread_mutex_lock(&waiter->lock);
	request->deadline_ms =
		clock_monotonic_ms() + (int64_t)request->wait_s * 1000;
	request->next = waiter->first;
	waiter->first = request;
	pthread_cond_signal(&waiter->changed);
	pthread_mutex_unlock(&waiter->lock);
}
