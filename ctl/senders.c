#include "ctl/senders.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/backoff.h"
#include "common/clock.h"

#define ATTEMPTS 20
/* How often who waits looks whether it is to stop. */
#define LOOK_NS 100000000L

enum slot_state { SLOT_FREE, SLOT_READY, SLOT_SENT };

/* One request, and the thread that sends it. */
struct slot {
	struct senders *senders;
	struct elastic *elastic;
	pthread_t thread;
	bool running;
	enum slot_state state;
	struct buf body;
	size_t actions;
	struct elastic_progress at;
};

/* Requests are numbered; number n uses slot n % SENDERS. */
struct senders {
	const char *alias;
	const volatile sig_atomic_t *stop;
	struct slot slots[SENDERS];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t filled, settled;
	struct elastic_progress done;
	uint64_t refused;
	bool hurry, stopping, failed;
	struct error error; /* the first failure's */
};

/* ---- sending ---- */

/* What became of a request's documents. */
struct outcome {
	bool again; /* one wants to be sent once more */
	uint64_t refused;
};

static void judge(void *context, size_t action, long status, const char *type)
{
	struct outcome *outcome = context;
	enum fault fault = elastic_classify(status);

	(void)action;
	(void)type;
	if (fault == FAULT_PERMANENT)
		outcome->refused++;
	else if (fault != FAULT_NONE)
		outcome->again = true;
}

static bool is_hurried(struct senders *senders)
{
	bool hurry;

	pthread_mutex_lock(&senders->lock);
	hurry = senders->hurry || *senders->stop;
	pthread_mutex_unlock(&senders->lock);
	return hurry;
}

static enum fault deliver(struct slot *slot, uint64_t *refused_r,
			  struct error *error)
{
	struct backoff backoff = { 0, 0 };
	enum fault fault = FAULT_NONE;

	for (int i = 0; i < ATTEMPTS; i++) {
		struct outcome outcome = { false, 0 };

		fault = elastic_bulk(slot->elastic, slot->senders->alias,
				     &slot->body, slot->actions, judge,
				     &outcome, error);
		*refused_r = outcome.refused;
		if (fault == FAULT_NONE && !outcome.again)
			return FAULT_NONE;
		if (fault == FAULT_PERMANENT || fault == FAULT_BUG ||
		    is_hurried(slot->senders))
			break;
		clock_sleep_ms(backoff_next(&backoff));
	}
	return fault != FAULT_NONE ? fault
				   : error_set(error, FAULT_TEMPORARY, 0,
					       "the search engine is too busy");
}

/* In the order of the rows, as far as nothing is missing. With the lock. */
static void settle_in_order(struct senders *senders)
{
	struct slot *slot = &senders->slots[senders->settled % SENDERS];

	while (slot->state == SLOT_SENT) {
		senders->done = slot->at;
		slot->state = SLOT_FREE;
		slot = &senders->slots[++senders->settled % SENDERS];
	}
}

/* With the lock, which it gives back meanwhile. */
static void serve(struct slot *slot)
{
	struct senders *senders = slot->senders;
	struct error error = ERROR_INIT;
	uint64_t refused = 0;
	enum fault fault;

	pthread_mutex_unlock(&senders->lock);
	fault = deliver(slot, &refused, &error);
	pthread_mutex_lock(&senders->lock);
	if (fault == FAULT_NONE) {
		slot->state = SLOT_SENT;
		senders->refused += refused;
		settle_in_order(senders);
	} else {
		if (!senders->failed)
			senders->error = error;
		senders->failed = true;
		slot->state = SLOT_FREE;
	}
	pthread_cond_broadcast(&senders->changed);
}

static void *run(void *argument)
{
	struct slot *slot = argument;
	struct senders *senders = slot->senders;

	pthread_mutex_lock(&senders->lock);
	while (!senders->stopping) {
		if (slot->state == SLOT_READY)
			serve(slot);
		else
			pthread_cond_wait(&senders->changed, &senders->lock);
	}
	pthread_mutex_unlock(&senders->lock);
	return NULL;
}

/* ---- filling ---- */

static void wait_a_little(struct senders *senders)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	(void)pthread_cond_timedwait(&senders->changed, &senders->lock, &until);
}

struct buf *senders_take(struct senders *senders)
{
	struct slot *slot = &senders->slots[senders->filled % SENDERS];
	bool over;

	pthread_mutex_lock(&senders->lock);
	while (slot->state != SLOT_FREE && !senders->failed && !*senders->stop)
		wait_a_little(senders);
	over = senders->failed || *senders->stop;
	pthread_mutex_unlock(&senders->lock);
	if (over)
		return NULL;
	buf_clear(&slot->body);
	return &slot->body;
}

void senders_send(struct senders *senders, size_t actions,
		  const struct elastic_progress *at)
{
	struct slot *slot = &senders->slots[senders->filled % SENDERS];

	pthread_mutex_lock(&senders->lock);
	slot->actions = actions;
	slot->at = *at;
	slot->state = SLOT_READY;
	senders->filled++;
	pthread_cond_broadcast(&senders->changed);
	pthread_mutex_unlock(&senders->lock);
}

static bool is_busy(const struct senders *senders)
{
	for (size_t i = 0; i < SENDERS; i++)
		if (senders->slots[i].state == SLOT_READY)
			return true;
	return false;
}

enum fault senders_settle(struct senders *senders, bool hurry,
			  struct error *error)
{
	enum fault fault = FAULT_NONE;

	pthread_mutex_lock(&senders->lock);
	senders->hurry = senders->hurry || hurry;
	while (is_busy(senders))
		pthread_cond_wait(&senders->changed, &senders->lock);
	if (senders->failed) {
		*error = senders->error;
		fault = error->fault;
	}
	pthread_mutex_unlock(&senders->lock);
	return fault;
}

bool senders_progress(struct senders *senders,
		      struct elastic_progress *progress_r)
{
	bool any;

	pthread_mutex_lock(&senders->lock);
	any = senders->settled > 0;
	if (any)
		*progress_r = senders->done;
	pthread_mutex_unlock(&senders->lock);
	return any;
}

uint64_t senders_refused(struct senders *senders)
{
	uint64_t refused;

	pthread_mutex_lock(&senders->lock);
	refused = senders->refused;
	pthread_mutex_unlock(&senders->lock);
	return refused;
}

/* ---- life ---- */

static bool start(struct slot *slot, struct senders *senders, const char *url)
{
	slot->senders = senders;
	slot->elastic = elastic_new(url);
	slot->running = slot->elastic != NULL &&
			pthread_create(&slot->thread, NULL, run, slot) == 0;
	return slot->running;
}

struct senders *senders_new(const char *url, const char *alias,
			    const volatile sig_atomic_t *stop)
{
	struct senders *senders = calloc(1, sizeof(*senders));
	bool started = true;

	if (senders == NULL)
		return NULL;
	senders->alias = alias;
	senders->stop = stop;
	pthread_mutex_init(&senders->lock, NULL);
	pthread_cond_init(&senders->changed, NULL);
	for (size_t i = 0; i < SENDERS && started; i++)
		started = start(&senders->slots[i], senders, url);
	if (!started)
		senders_free(&senders);
	return senders;
}

void senders_free(struct senders **senders)
{
	struct senders *old = *senders;

	*senders = NULL;
	if (old == NULL)
		return;
	pthread_mutex_lock(&old->lock);
	old->stopping = old->hurry = true;
	pthread_cond_broadcast(&old->changed);
	pthread_mutex_unlock(&old->lock);
	for (size_t i = 0; i < SENDERS; i++) {
		if (old->slots[i].running)
			pthread_join(old->slots[i].thread, NULL);
		elastic_free(&old->slots[i].elastic);
		buf_release(&old->slots[i].body);
	}
	pthread_cond_destroy(&old->changed);
	pthread_mutex_destroy(&old->lock);
	free(old);
}
