#include "api/waiter.h"

#include <stdlib.h>
#include <string.h>

#include "api/server.h"
#include "api/status.h"
#include "common/background.h"
#include "common/clock.h"
#include "common/log.h"

#define LOOK_MS 25
#define IDLE_MS 60000

struct waiter {
	struct server *server;
	struct background background;
	struct request *first; /* submitted; under the background's lock */
	bool hurry;	       /* likewise */
	struct request *held;  /* the thread's own, as all that follows */
	unsigned looks;
	struct sql *sql;
	struct error last; /* logged on change */
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
		       answer_json(&request->answer, HTTP_CREATED));
	found->stored = true;
	return false;
}

/* True when the row is there, made by the event that this request published,
 * and the answer set. */
static bool stored(struct waiter *waiter, struct request *request,
		   enum fault *fault_r)
{
	static const char chat[] =
		"SELECT created_at, messages_count FROM chats "
		"WHERE application_id = ? AND number = ? AND event_id = ?";
	static const char message[] =
		"SELECT created_at, updated_at, body FROM messages "
		"WHERE application_id = ? AND chat_number = ? AND number = ? "
		"AND event_id = ?";
	const struct allocation *allocation = &request->commit.allocation;
	bool of_chat = allocation->chat_number == 0;
	struct sql_value params[4] = { sql_u64(allocation->application_id) };
	struct found found = { request, false };
	struct error error = ERROR_INIT;
	size_t count = 1;

	if (!of_chat)
		params[count++] = sql_u64(allocation->chat_number);
	params[count++] = sql_u64(allocation->number);
	params[count++] = sql_bytes(allocation->event_id.bytes,
				    sizeof(allocation->event_id.bytes));
	*fault_r = sql_run(waiter->sql, of_chat ? chat : message, params, count,
			   render_row, &found, NULL, &error);
	if (strcmp(error.text, waiter->last.text) != 0 && *error.text)
		log_event(LOG_WARNING, "waiter-cannot-look",
			  LOG_TEXT("reason", error.text));
	waiter->last = error;
	return found.stored;
}

/* Who has waited long is looked at every 16th time only, so that many who wait
 * in vain do not keep SQL busy; not all of them at the same time. */
static bool is_due(const struct waiter *waiter, const struct request *request,
		   int64_t now)
{
	int64_t since = request->deadline_ms - (int64_t)request->wait_s * 1000;
	uintptr_t every = 1;

	for (int64_t ms = 500; every < 16 && now - since >= ms; ms *= 2)
		every *= 2;
	return (waiter->looks + (uintptr_t)request / 64) % every == 0;
}

/* One look at all that is held. */
static void look(struct waiter *waiter)
{
	int64_t now = clock_monotonic_ms();
	struct request **at = &waiter->held;
	enum fault fault = FAULT_NONE;

	waiter->looks++;
	while (*at) {
		struct request *request = *at;
		bool over = now >= request->deadline_ms;
		bool found = false;

		/* when SQL is away, one failed question a look is enough */
		if (fault == FAULT_NONE &&
		    (over || is_due(waiter, request, now)))
			found = stored(waiter, request, &fault);
		if (!over && !found) {
			at = &request->next;
			continue;
		}
		*at = request->next;
		request->answer.waited_s = request->wait_s;
		server_finish(request);
	}
}

/* False: nobody is to wait any more. */
static bool take_over(struct waiter *waiter)
{
	bool hurry;

	pthread_mutex_lock(&waiter->background.lock);
	while (waiter->first) {
		struct request *request = waiter->first;

		waiter->first = request->next;
		request->next = waiter->held;
		waiter->held = request;
	}
	hurry = waiter->hurry;
	pthread_mutex_unlock(&waiter->background.lock);
	return !hurry;
}

static void let_go(struct waiter *waiter)
{
	while (waiter->held) {
		struct request *request = waiter->held;

		waiter->held = request->next;
		server_finish(request);
	}
}

static void *run(void *argument)
{
	struct waiter *waiter = argument;

	sql_thread_init();
	do {
		if (take_over(waiter))
			look(waiter);
		else
			let_go(waiter);
	} while (background_wait(&waiter->background,
				 waiter->held ? LOOK_MS : IDLE_MS));
	(void)take_over(waiter);
	let_go(waiter);
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
	if (!waiter->sql || !background_start(&waiter->background, run, waiter))
		waiter_free(&waiter);
	return waiter;
}

void waiter_free(struct waiter **waiter)
{
	if (!*waiter)
		return;
	background_stop(&(*waiter)->background);
	sql_free(&(*waiter)->sql);
	free(*waiter);
	*waiter = NULL;
}

void waiter_submit(struct waiter *waiter, struct request *request)
{
	request->deadline_ms =
		clock_monotonic_ms() + (int64_t)request->wait_s * 1000;
	pthread_mutex_lock(&waiter->background.lock);
	request->next = waiter->first;
	waiter->first = request;
	pthread_mutex_unlock(&waiter->background.lock);
	background_wake(&waiter->background);
}

void waiter_hurry(struct waiter *waiter)
{
	pthread_mutex_lock(&waiter->background.lock);
	waiter->hurry = true;
	pthread_mutex_unlock(&waiter->background.lock);
	background_wake(&waiter->background);
}
