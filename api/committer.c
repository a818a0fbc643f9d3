#include "api/committer.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/connector.h"
#include "api/voids.h"
#include "api/window.h"
#include "common/amqp.h"
#include "common/clock.h"
#include "common/log.h"

#define REDIS_TIMEOUT_MS 1000
#define IDLE_BEAT_MS 500
#define POLL_MS 100
#define VOIDS_PER_MESSAGE 256

static const char why_redis[] = "the number store (Redis) is away";
static const char why_broker[] = "the message broker (RabbitMQ) is away";
static const char why_blocked[] =
	"the message broker (RabbitMQ) takes no messages now";
static const char why_numbers[] = "the numbers are in recovery";
static const char why_refused[] =
	"the message broker (RabbitMQ) refused the event";
static const char why_busy[] = "the server has too much to do";
static const char why_stopping[] = "the server is stopping";

struct committer {
	struct committer_settings settings;
	pthread_t thread;
	int wake_fd;
	struct config_url redis_url;
	struct connector *redis_connector, *amqp_connector;

	/* submitted by other threads */
	pthread_mutex_t lock;
	struct commit *first, **last;
	bool stopping;
	atomic_bool sleeping;

	/* the committer thread's own */
	struct allocator *allocator;
	struct amqp_link *link;
	bool blocked;
	struct window window;
	struct voids voids;
	struct buf bytes;
	struct allocation **allocations;
	uint32_t generation;
	uint64_t beat;
	int64_t last_run_ms;

	atomic_bool redis_up, amqp_up;
};

struct metric_series committer_accepted[2] = {
	{ .labels = "type=\"chat.created\"" },
	{ .labels = "type=\"message.created\"" },
};
struct metric_histogram committer_seconds = { .labels = "" };
struct metric_series committer_batches = { .labels = "" };
struct metric_series committer_published = { .labels = "" };
struct metric_series committer_refused = { .labels = "" };
struct metric_series committer_unsure = { .labels = "" };
struct metric_series committer_in_flight = { .labels = "" };

/* ---- finishing commits ---- */

static void finish(struct committer *it, struct commit *commit,
		   enum commit_outcome outcome, const char *why)
{
	commit->outcome = outcome;
	commit->why = why;
	if (outcome == COMMIT_ACCEPTED) {
		metric_add(
			&committer_accepted[commit->allocation.chat_number ? 1
									   : 0],
			1);
		metric_observe(&committer_seconds,
			       clock_monotonic_us() - commit->submitted_us);
	} else if (outcome == COMMIT_UNAVAILABLE) {
		metric_add(&committer_refused, 1);
	} else if (outcome == COMMIT_UNSURE) {
		metric_add(&committer_unsure, 1);
	}
	it->settings.done(commit);
}

static void finish_all(struct committer *it, struct commit *commits,
		       enum commit_outcome outcome, const char *why)
{
	while (commits) {
		struct commit *next = commits->next;

		finish(it, commits, outcome, why);
		commits = next;
	}
}

static struct event event_of(const struct committer *it,
			     const struct commit *commit)
{
	const struct allocation *allocation = &commit->allocation;
	struct event event = {
		.type = allocation->chat_number ? EVENT_MESSAGE_CREATED
						: EVENT_CHAT_CREATED,
		.generation = it->generation,
		.revision = 1,
		.id = allocation->event_id,
		.application_id = allocation->application_id,
		.chat_number = allocation->chat_number,
		.number = allocation->number,
		.at_ms = allocation->at_ms,
		.body = commit->body,
		.body_length = commit->body_length,
		.key = allocation->key,
		.key_length = allocation->key_length,
	};

	memcpy(event.fingerprint, allocation->fingerprint,
	       sizeof(event.fingerprint));
	return event;
}

/* Their events are certainly in no queue: the keys are free again, and the
 * numbers become tombstones. */
static void void_numbers(struct committer *it, const struct commit *commits)
{
	for (; commits; commits = commits->next) {
		struct event event = event_of(it, commits);
		struct error error = ERROR_INIT;

		if (commits->allocation.outcome != ALLOCATION_GIVEN)
			continue;
		voids_add(&it->voids, &event);
		if (commits->allocation.key && it->allocator &&
		    allocator_free_key(it->allocator, it->generation,
				       &commits->allocation,
				       &error) != FAULT_NONE)
			log_event(LOG_WARNING, "key-not-freed",
				  LOG_TEXT("reason", error.text));
	}
}

static void settle(void *context, struct publication *publication,
		   enum settlement settlement)
{
	struct committer *it = context;
	int64_t age = clock_monotonic_ms() - publication->leased_ms;

	if (publication->voids && settlement != SETTLED_CONFIRMED)
		voids_put_back(&it->voids, publication->voids,
			       publication->void_count);
	free(publication->voids);
	switch (settlement) {
	case SETTLED_CONFIRMED:
		finish_all(it, publication->commits,
			   age <= NUMBERS_LEASE_MS ? COMMIT_ACCEPTED
						   : COMMIT_UNSURE,
			   NULL);
		break;
	case SETTLED_REFUSED:
		log_event(LOG_ERROR, "event-refused",
			  LOG_TEXT("by", publication->returned
						 ? "no queue is bound"
						 : "nack"));
		void_numbers(it, publication->commits);
		finish_all(it, publication->commits, COMMIT_UNAVAILABLE,
			   why_refused);
		break;
	case SETTLED_LOST:
		finish_all(it, publication->commits, COMMIT_UNSURE, NULL);
		break;
	}
	metric_set(&committer_in_flight, it->window.used);
}

/* ---- connections ---- */

static void *connect_redis(void *context, struct error *error)
{
	struct committer *it = context;
	char run_id[REDIS_RUN_ID_SIZE];
	redisContext *redis =
		redis_connect(&it->redis_url, REDIS_TIMEOUT_MS, error);

	if (redis && redis_check_durable(redis, run_id, error) != FAULT_NONE)
		redis_close(&redis);
	return redis ? allocator_new(redis, error) : NULL;
}

static void drop_redis(void *connection)
{
	struct allocator *allocator = connection;

	allocator_free(&allocator);
}

static void *connect_amqp(void *context, struct error *error)
{
	struct committer *it = context;
	struct amqp_link *link;

	if (amqp_link_new(it->settings.rabbitmq_url, it->settings.name, &link,
			  error) != FAULT_NONE)
		return NULL;
	if (amqp_link_confirm_select(link, error) != FAULT_NONE)
		amqp_link_free(&link);
	return link;
}

static void drop_amqp(void *connection)
{
	struct amqp_link *link = connection;

	amqp_link_free(&link);
}

void committer_wake(struct committer *committer)
{
	uint64_t one = 1;

	/* fails only when the counter is full, and then it wakes anyway */
	if (committer && write(committer->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static void wake(void *context)
{
	committer_wake(context);
}

static void lose_redis(struct committer *it, const struct error *error)
{
	if (!it->allocator)
		return;
	it->beat = allocator_beat(it->allocator);
	allocator_free(&it->allocator);
	atomic_store(&it->redis_up, false);
	log_event(LOG_WARNING, "redis-lost", LOG_TEXT("reason", error->text));
}

static void lose_amqp(struct committer *it, const struct error *error)
{
	if (!it->link)
		return;
	amqp_link_free(&it->link);
	atomic_store(&it->amqp_up, false);
	log_event(LOG_WARNING, "rabbitmq-lost",
		  LOG_TEXT("reason", error->text));
	window_lose_all(&it->window);
}

static void adopt_connections(struct committer *it)
{
	if (!it->allocator) {
		connector_ask(it->redis_connector);
		it->allocator = connector_take(it->redis_connector);
		if (it->allocator) {
			allocator_set_beat(it->allocator, it->beat);
			atomic_store(&it->redis_up, true);
			log_event(LOG_INFO, "redis-connected");
		}
	}
	if (!it->link) {
		connector_ask(it->amqp_connector);
		it->link = connector_take(it->amqp_connector);
		if (it->link) {
			it->blocked = false;
			atomic_store(&it->amqp_up, true);
			log_event(LOG_INFO, "rabbitmq-connected");
		}
	}
}

/* ---- allocating ---- */

static void follow_generation(struct committer *it)
{
	uint32_t open = numbers_generation(it->settings.numbers);

	if (open == it->generation)
		return;
	/* beats start anew with each generation */
	if (open != 0) {
		it->beat = 0;
		if (it->allocator)
			allocator_set_beat(it->allocator, 0);
		it->generation = open;
	}
}

static bool numbers_are_open(struct committer *it)
{
	return it->generation != 0 &&
	       numbers_generation(it->settings.numbers) == it->generation;
}

/* NULL: creates can be taken. */
static const char *closed(struct committer *it)
{
	if (!it->link)
		return why_broker;
	if (it->blocked)
		return why_blocked;
	if (!it->allocator)
		return why_redis;
	if (!numbers_are_open(it))
		return why_numbers;
	return NULL;
}

static enum fault allocate(struct committer *it, size_t count,
			   struct error *error)
{
	enum fault fault = allocator_run(it->allocator, it->generation,
					 it->allocations, count, error);

	it->last_run_ms = clock_monotonic_ms();
	if (fault == FAULT_BUG)
		numbers_lost(it->settings.numbers, it->generation, error->text);
	else if (fault != FAULT_NONE)
		lose_redis(it, error);
	return fault;
}

static void beat_when_idle(struct committer *it)
{
	struct error error = ERROR_INIT;

	if (it->allocator && numbers_are_open(it) &&
	    clock_monotonic_ms() - it->last_run_ms >= IDLE_BEAT_MS)
		/* allocate() has dealt with a fault */
		(void)!allocate(it, 0, &error);
}

/* ---- publishing ---- */

static enum fault publish(struct committer *it, struct publication *what,
			  enum event_type type, struct error *error)
{
	struct uuid id;
	struct amqp_publication message = {
		.exchange = AMQP_EXCHANGE_EVENTS,
		.routing_key = event_type_name(type),
		.content_type = EVENT_CONTENT_TYPE,
		.message_id = what->message_id,
		.body = it->bytes.data,
		.length = it->bytes.length,
	};
	enum fault fault;

	if (it->bytes.failed || !uuid_new(clock_wall_ms(), &id))
		return error_set(error, FAULT_TEMPORARY, 0, "out of memory");
	if (!it->link)
		return error_set(error, FAULT_TEMPORARY, 0, why_broker);
	uuid_format(&id, what->message_id);
	fault = amqp_link_publish(it->link, &message, &what->sequence, error);
	if (fault != FAULT_NONE)
		return fault;
	metric_add(&committer_published, 1);
	if (!window_add(&it->window, what))
		return error_set(error, FAULT_BUG, 0, "the window is full");
	metric_set(&committer_in_flight, it->window.used);
	return FAULT_NONE;
}

static void publish_commits(struct committer *it, struct commit *commits,
			    enum event_type type, int64_t leased_ms)
{
	struct publication what = { .leased_ms = leased_ms,
				    .commits = commits };
	struct error error = ERROR_INIT;
	enum fault fault = publish(it, &what, type, &error);

	if (fault == FAULT_NONE)
		return;
	if (fault == FAULT_TEMPORARY) {
		void_numbers(it, commits);
		finish_all(it, commits, COMMIT_UNAVAILABLE, why_broker);
	} else {
		finish_all(it, commits, COMMIT_UNSURE, NULL);
	}
	lose_amqp(it, &error);
}

/* Publishes a list of commits of one type, cut into messages of bounded
 * size. */
static void publish_list(struct committer *it, struct commit *commits,
			 enum event_type type, int64_t leased_ms)
{
	while (commits) {
		struct commit *first = commits, *last = NULL;

		buf_clear(&it->bytes);
		while (commits) {
			size_t before = it->bytes.length;
			struct event event = event_of(it, commits);

			event_encode(&event, &it->bytes);
			if (last && it->bytes.length > AMQP_MESSAGE_BYTES) {
				it->bytes.length = before;
				break;
			}
			last = commits;
			commits = commits->next;
		}
		last->next = NULL;
		publish_commits(it, first, type, leased_ms);
	}
}

static void publish_voids(struct committer *it)
{
	struct publication what = { .leased_ms = clock_monotonic_ms() };
	struct error error = ERROR_INIT;
	enum fault fault;

	if (it->voids.count == 0 || closed(it) ||
	    it->window.used >= it->settings.window)
		return;
	what.voids =
		voids_take(&it->voids, VOIDS_PER_MESSAGE, &what.void_count);
	if (!what.voids)
		return;
	buf_clear(&it->bytes);
	for (size_t i = 0; i < what.void_count; i++)
		event_encode(&what.voids[i], &it->bytes);
	fault = publish(it, &what, what.voids[0].type, &error);
	if (fault == FAULT_NONE)
		return;
	voids_put_back(&it->voids, what.voids, what.void_count);
	free(what.voids);
	lose_amqp(it, &error);
}

/* ---- one batch ---- */

/* Takes what waits, within the bounds of a batch. */
static struct commit *take(struct committer *it, size_t *count_r)
{
	struct commit *first, **end;
	size_t count = 0, bytes = 0;

	pthread_mutex_lock(&it->lock);
	first = it->first;
	for (end = &it->first; *end; end = &(*end)->next) {
		if (count == it->settings.batch_events ||
		    (count > 0 && bytes > AMQP_MESSAGE_BYTES))
			break;
		count++;
		bytes += (*end)->body_length;
	}
	it->first = *end;
	if (!it->first)
		it->last = &it->first;
	if (count > 0)
		*end = NULL;
	pthread_mutex_unlock(&it->lock);
	*count_r = count;
	return count > 0 ? first : NULL;
}

static void append(struct commit ***tail, struct commit *commit)
{
	commit->next = NULL;
	**tail = commit;
	*tail = &commit->next;
}

/* Splits the batch by what Redis said and publishes what has a number. */
static void publish_batch(struct committer *it, struct commit *batch,
			  int64_t leased_ms)
{
	struct commit *chats = NULL, *messages = NULL;
	struct commit **chats_tail = &chats, **messages_tail = &messages;

	while (batch) {
		struct commit *commit = batch;

		batch = batch->next;
		switch (commit->allocation.outcome) {
		case ALLOCATION_GIVEN:
		case ALLOCATION_REPLAYED:
			append(commit->allocation.chat_number ? &messages_tail
							      : &chats_tail,
			       commit);
			break;
		case ALLOCATION_KEY_MISMATCH:
			finish(it, commit, COMMIT_KEY_MISMATCH, NULL);
			break;
		case ALLOCATION_NO_CHAT:
			finish(it, commit, COMMIT_NO_CHAT, NULL);
			break;
		case ALLOCATION_LOAD_CHATS:
			finish(it, commit, COMMIT_LOAD_CHATS, NULL);
			break;
		case ALLOCATION_LOAD_MESSAGES:
			finish(it, commit, COMMIT_LOAD_MESSAGES, NULL);
			break;
		}
	}
	publish_list(it, chats, EVENT_CHAT_CREATED, leased_ms);
	publish_list(it, messages, EVENT_MESSAGE_CREATED, leased_ms);
}

static void run_batch(struct committer *it, struct commit *batch, size_t count)
{
	int64_t leased_ms = clock_monotonic_ms();
	struct error error = ERROR_INIT;
	const char *why = closed(it);
	enum fault fault;
	size_t i = 0;

	if (why) {
		finish_all(it, batch, COMMIT_UNAVAILABLE, why);
		return;
	}
	for (struct commit *commit = batch; commit; commit = commit->next)
		it->allocations[i++] = &commit->allocation;
	metric_add(&committer_batches, 1);
	fault = allocate(it, count, &error);
	if (fault != FAULT_NONE) {
		finish_all(it, batch, COMMIT_UNAVAILABLE,
			   fault == FAULT_BUG ? why_numbers : why_redis);
		return;
	}
	publish_batch(it, batch, leased_ms);
}

/* ---- deadlines ---- */

/* What waits for longer than the deadline is refused. */
static void expire_waiting(struct committer *it)
{
	int64_t before = clock_monotonic_ms() - COMMITTER_DEADLINE_MS;
	struct commit *late = NULL, **tail = &late;

	pthread_mutex_lock(&it->lock);
	while (it->first && it->first->submitted_ms < before) {
		struct commit *commit = it->first;

		it->first = commit->next;
		append(&tail, commit);
	}
	if (!it->first)
		it->last = &it->first;
	pthread_mutex_unlock(&it->lock);
	finish_all(it, late, COMMIT_UNAVAILABLE, why_busy);
}

/* The lease of what is in flight has run out: its clients are told so; the
 * slot stays until the broker speaks. */
static void expire_in_flight(struct committer *it)
{
	int64_t before = clock_monotonic_ms() - NUMBERS_LEASE_MS;

	for (unsigned i = 0; i < WINDOW_SLOTS; i++) {
		struct publication *slot = &it->window.slots[i];
		struct commit *commits = slot->commits;

		if (slot->sequence == 0 || slot->leased_ms >= before)
			continue;
		slot->commits = NULL;
		finish_all(it, commits, COMMIT_UNSURE, NULL);
	}
}

/* ---- the loop ---- */

static void notice(void *context, const struct amqp_notice *notice)
{
	struct committer *it = context;

	if (notice->kind == AMQP_BLOCKED || notice->kind == AMQP_UNBLOCKED) {
		it->blocked = notice->kind == AMQP_BLOCKED;
		log_event(LOG_WARNING, it->blocked ? "rabbitmq-blocked"
						   : "rabbitmq-unblocked");
		return;
	}
	window_notice(&it->window, notice);
}

static void read_notices(struct committer *it)
{
	struct error error = ERROR_INIT;

	if (it->link && amqp_link_read_notices(it->link, 0, notice, it,
					       &error) != FAULT_NONE)
		lose_amqp(it, &error);
}

static bool has_waiting(struct committer *it)
{
	bool waiting;

	pthread_mutex_lock(&it->lock);
	waiting = it->first != NULL;
	pthread_mutex_unlock(&it->lock);
	return waiting;
}

/* Sleeps until there is something to do. Submitters write to wake_fd only
 * while `sleeping` is set, so under load nobody pays for it. */
static void sleep_until_work(struct committer *it)
{
	struct pollfd fds[2] = {
		{ .fd = it->wake_fd, .events = POLLIN },
		{ .fd = it->link ? amqp_link_socket(it->link) : -1,
		  .events = POLLIN },
	};
	bool room = it->window.used < it->settings.window;
	uint64_t wakes;

	atomic_store(&it->sleeping, true);
	/* with a full window only a confirm (or time) helps */
	if (room && has_waiting(it)) {
		atomic_store(&it->sleeping, false);
		return;
	}
	/* a signal or an error ends the wait early, which is harmless */
	if (poll(fds, 2, POLL_MS) > 0 && (fds[0].revents & POLLIN) &&
	    read(it->wake_fd, &wakes, sizeof(wakes)) < 0)
		log_event(LOG_WARNING, "eventfd-unreadable");
	atomic_store(&it->sleeping, false);
}

static bool stopping(struct committer *it)
{
	bool stop;

	pthread_mutex_lock(&it->lock);
	stop = it->stopping;
	pthread_mutex_unlock(&it->lock);
	return stop;
}

static void turn(struct committer *it)
{
	struct commit *batch = NULL;
	size_t count = 0;

	adopt_connections(it);
	follow_generation(it);
	if (it->window.used < it->settings.window)
		batch = take(it, &count);
	if (batch)
		run_batch(it, batch, count);
	publish_voids(it);
	read_notices(it);
	expire_in_flight(it);
	if (batch)
		return;
	expire_waiting(it);
	beat_when_idle(it);
	sleep_until_work(it);
}

static void refuse_all(struct committer *it)
{
	struct commit *waiting;

	pthread_mutex_lock(&it->lock);
	waiting = it->first;
	it->first = NULL;
	it->last = &it->first;
	pthread_mutex_unlock(&it->lock);
	finish_all(it, waiting, COMMIT_UNAVAILABLE, why_stopping);
}

static void *run(void *argument)
{
	struct committer *it = argument;
	int64_t deadline;

	while (!stopping(it))
		turn(it);
	refuse_all(it);
	deadline = clock_monotonic_ms() + COMMITTER_DEADLINE_MS;
	while ((it->window.used > 0 || it->voids.count > 0) && it->link &&
	       clock_monotonic_ms() < deadline) {
		publish_voids(it);
		read_notices(it);
		expire_in_flight(it);
		sleep_until_work(it);
		refuse_all(it);
	}
	window_lose_all(&it->window);
	refuse_all(it);
	return NULL;
}

/* ---- the outside ---- */

static void release(struct committer *it)
{
	connector_free(&it->redis_connector);
	connector_free(&it->amqp_connector);
	allocator_free(&it->allocator);
	amqp_link_free(&it->link);
	voids_release(&it->voids);
	buf_release(&it->bytes);
	config_url_release(&it->redis_url);
	free(it->allocations);
	if (it->wake_fd >= 0)
		close(it->wake_fd);
	pthread_mutex_destroy(&it->lock);
	free(it);
}

struct committer *committer_new(const struct committer_settings *settings)
{
	struct committer *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->settings = *settings;
	it->last = &it->first;
	it->window.settle = settle;
	it->window.context = it;
	pthread_mutex_init(&it->lock, NULL);
	it->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	it->allocations =
		calloc(settings->batch_events, sizeof(*it->allocations));
	if (it->wake_fd < 0 || !it->allocations ||
	    !config_url_parse(settings->redis_url, &it->redis_url))
		goto bad;
	it->redis_connector =
		connector_new(connect_redis, drop_redis, wake, it);
	it->amqp_connector = connector_new(connect_amqp, drop_amqp, wake, it);
	if (!it->redis_connector || !it->amqp_connector ||
	    pthread_create(&it->thread, NULL, run, it) != 0)
		goto bad;
	return it;
bad:
	release(it);
	return NULL;
}

void committer_free(struct committer **committer)
{
	struct committer *it = *committer;

	if (!it)
		return;
	pthread_mutex_lock(&it->lock);
	it->stopping = true;
	pthread_mutex_unlock(&it->lock);
	committer_wake(it);
	pthread_join(it->thread, NULL);
	release(it);
	*committer = NULL;
}

void committer_submit(struct committer *committer, struct commit *commit)
{
	struct committer *it = committer;

	commit->next = NULL;
	commit->submitted_us = clock_monotonic_us();
	commit->submitted_ms = commit->submitted_us / 1000;
	pthread_mutex_lock(&it->lock);
	*it->last = commit;
	it->last = &commit->next;
	pthread_mutex_unlock(&it->lock);
	if (atomic_load(&it->sleeping))
		committer_wake(it);
}

struct committer_health committer_health(struct committer *committer)
{
	return (struct committer_health){
		.redis = atomic_load(&committer->redis_up),
		.rabbitmq = atomic_load(&committer->amqp_up),
		.numbers = numbers_generation(committer->settings.numbers) != 0,
	};
}
