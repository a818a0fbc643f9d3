#include "api/committer.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api/committer_private.h"
#include "common/clock.h"
#include "common/log.h"

#define IDLE_BEAT_MS 500
#define POLL_MS 100

void committer_wake(struct committer *committer)
{
	uint64_t one = 1;

	/* fails only when the counter is full, and then it wakes anyway */
	if (committer && write(committer->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* ---- allocating ---- */

static void follow_generation(struct committer *it)
{
	uint32_t open = numbers_generation(it->settings.numbers);
	struct error error = ERROR_INIT;

	/* The connection may be to a younger process than the one checked, or
	 * to an older one that has died since: while no generation is open,
	 * nothing is sent that would show it. */
	if (open != 0 && it->allocator &&
	    !numbers_served_by(it->settings.numbers, open,
			       allocator_run_id(it->allocator))) {
		error_set(&error, FAULT_TEMPORARY, 0,
			  "connected to another Redis process");
		committer_links_lose_redis(it, &error);
		return;
	}
	if (open == it->generation)
		return;
	/* beats start anew with each generation */
	if (open != 0) {
		it->beat = 0;
		if (it->allocator)
			allocator_set_beat(it->allocator, 0);
		/* the new one may give those numbers again */
		voids_release(&it->voids);
		it->generation = open;
	}
}

static enum fault allocate(struct committer *it, size_t count,
			   struct error *error)
{
	int64_t started_us = clock_monotonic_us();
	enum fault fault = allocator_run(it->allocator, it->generation,
					 it->allocations, count, error);

	if (count > 0)
		metric_observe(&committer_redis_seconds,
			       clock_monotonic_us() - started_us);
	it->last_run_ms = clock_monotonic_ms();
	if (fault == FAULT_BUG)
		numbers_lost(it->settings.numbers, it->generation, error->text);
	else if (fault != FAULT_NONE)
		committer_links_lose_redis(it, error);
	else
		numbers_note_beat(it->settings.numbers,
				  allocator_beat(it->allocator));
	return fault;
}

static void beat_when_idle(struct committer *it)
{
	struct error error = ERROR_INIT;

	if (!committer_links_closed(it) &&
	    clock_monotonic_ms() - it->last_run_ms >= IDLE_BEAT_MS)
		/* allocate() has dealt with a fault */
		(void)!allocate(it, 0, &error);
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

/* Gives back those that were prepared in another generation. */
static struct commit *drop_stale(struct committer *it, struct commit *batch,
				 size_t *count)
{
	struct commit **at = &batch;

	while (*at) {
		struct commit *commit = *at;

		if (commit->generation == it->generation) {
			at = &commit->next;
			continue;
		}
		*at = commit->next;
		(*count)--;
		committer_finish(it, commit, COMMIT_STALE, NULL);
	}
	return batch;
}

static void run_batch(struct committer *it, struct commit *batch, size_t count)
{
	int64_t leased_ms = clock_monotonic_ms();
	struct error error = ERROR_INIT;
	const char *why = committer_links_closed(it);
	enum fault fault;
	size_t i = 0;

	if (why) {
		committer_finish_all(it, batch, COMMIT_UNAVAILABLE, why);
		return;
	}
	batch = drop_stale(it, batch, &count);
	if (!batch)
		return;
	for (struct commit *commit = batch; commit; commit = commit->next)
		it->allocations[i++] = &commit->allocation;
	metric_add(&committer_batches, 1);
	metric_observe(&committer_batch_size, (int64_t)count);
	fault = allocate(it, count, &error);
	if (fault != FAULT_NONE) {
		committer_finish_all(it, batch, COMMIT_UNAVAILABLE,
				     fault == FAULT_BUG ? WHY_NUMBERS
							: WHY_REDIS);
		return;
	}
	committer_publish_batch(it, batch, leased_ms);
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
		commit->next = NULL;
		*tail = commit;
		tail = &commit->next;
	}
	if (!it->first)
		it->last = &it->first;
	pthread_mutex_unlock(&it->lock);
	committer_finish_all(it, late, COMMIT_UNAVAILABLE, WHY_BUSY);
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
		committer_finish_all(it, commits, COMMIT_UNSURE, NULL);
	}
}

/* ---- the loop ---- */

static void read_notices(struct committer *it)
{
	struct error error = ERROR_INIT;

	if (it->link && amqp_link_read_notices(it->link, 0, committer_notice,
					       it, &error) != FAULT_NONE)
		committer_links_lose_amqp(it, &error);
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
	bool room = committer_has_room(it);
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

	atomic_store(&it->turned_ms, clock_monotonic_ms());
	committer_links_adopt(it);
	follow_generation(it);
	if (committer_has_room(it))
		batch = take(it, &count);
	if (batch)
		run_batch(it, batch, count);
	committer_publish_voids(it);
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
	committer_finish_all(it, waiting, COMMIT_UNAVAILABLE, WHY_STOPPING);
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
		committer_publish_voids(it);
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
	topology_free(&it->topology);
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
	atomic_store(&it->turned_ms, clock_monotonic_ms());
	it->last = &it->first;
	it->window.settle = committer_settle;
	it->window.context = it;
	pthread_mutex_init(&it->lock, NULL);
	it->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	it->allocations =
		calloc(settings->batch_events, sizeof(*it->allocations));
	if (it->wake_fd < 0 || !it->allocations ||
	    !config_url_parse(settings->redis_url, &it->redis_url))
		goto bad;
	if (!committer_links_start(it) ||
	    pthread_create(&it->thread, NULL, run, it) != 0)
		goto bad;
	return it;
bad:
	release(it);
	return NULL;
}

void committer_stop(struct committer *committer)
{
	struct committer *it = committer;

	if (!it)
		return;
	pthread_mutex_lock(&it->lock);
	it->stopping = true;
	pthread_mutex_unlock(&it->lock);
	committer_wake(it);
	pthread_join(it->thread, NULL);
	pthread_mutex_lock(&it->lock);
	it->stopped = true;
	pthread_mutex_unlock(&it->lock);
	refuse_all(it);
}

void committer_free(struct committer **committer)
{
	if (*committer)
		release(*committer);
	*committer = NULL;
}

void committer_submit(struct committer *committer, struct commit *commit)
{
	struct committer *it = committer;
	bool stopped;

	commit->next = NULL;
	commit->submitted_us = clock_monotonic_us();
	commit->submitted_ms = commit->submitted_us / 1000;
	pthread_mutex_lock(&it->lock);
	stopped = it->stopped;
	if (!stopped) {
		*it->last = commit;
		it->last = &commit->next;
	}
	pthread_mutex_unlock(&it->lock);
	if (stopped)
		committer_finish(it, commit, COMMIT_UNAVAILABLE, WHY_STOPPING);
	else if (atomic_load(&it->sleeping))
		committer_wake(it);
}

bool committer_turns(const struct committer *committer)
{
	return clock_monotonic_ms() - atomic_load(&committer->turned_ms) <
	       COMMITTER_STUCK_MS;
}

struct committer_health committer_health(struct committer *committer)
{
	return (struct committer_health){
		.redis = atomic_load(&committer->redis_up),
		.rabbitmq = atomic_load(&committer->amqp_up) &&
			    topology_is_whole(committer->topology),
		.numbers = numbers_generation(committer->settings.numbers) != 0,
	};
}
