#include "common/background.h"

#include <errno.h>
#include <signal.h>

#include "common/clock.h"

bool background_start(struct background *background, void *(*run)(void *),
		      void *argument)
{
	sigset_t all, before;

	background->stopping = background->woken = false;
	pthread_mutex_init(&background->lock, NULL);
	clock_cond_init(&background->changed);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	background->running =
		pthread_create(&background->thread, NULL, run, argument) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return background->running;
}

void background_stop(struct background *background)
{
	if (!background->running)
		return;
	pthread_mutex_lock(&background->lock);
	background->stopping = true;
	pthread_cond_broadcast(&background->changed);
	pthread_mutex_unlock(&background->lock);
	pthread_join(background->thread, NULL);
	pthread_cond_destroy(&background->changed);
	pthread_mutex_destroy(&background->lock);
	background->running = false;
}

void background_wake(struct background *background)
{
	pthread_mutex_lock(&background->lock);
	background->woken = true;
	pthread_cond_signal(&background->changed);
	pthread_mutex_unlock(&background->lock);
}

static bool pause_for(struct background *background, int64_t ms, bool wakeable)
{
	struct timespec until;
	bool going;

	clock_deadline(ms, &until);
	pthread_mutex_lock(&background->lock);
	while (!background->stopping && !(wakeable && background->woken) &&
	       pthread_cond_timedwait(&background->changed, &background->lock,
				      &until) != ETIMEDOUT)
		continue;
	if (wakeable)
		background->woken = false;
	going = !background->stopping;
	pthread_mutex_unlock(&background->lock);
	return going;
}

bool background_wait(struct background *background, int64_t ms)
{
	return pause_for(background, ms, true);
}

bool background_sleep(struct background *background, int64_t ms)
{
	return pause_for(background, ms, false);
}
