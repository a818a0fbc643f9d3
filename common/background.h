#ifndef CONFAB_COMMON_BACKGROUND_H
#define CONFAB_COMMON_BACKGROUND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A thread that works in the background until it is told to stop, and what it
 * needs to wait for time or news meanwhile.
 */
struct background {
	pthread_t thread;
	pthread_mutex_t lock; /* its owner may guard its own things with it */
	pthread_cond_t changed;
	bool running, stopping, woken;
};

/* Starts `run` with `argument`; false when no thread can be had. Signals stay
 * with the threads that wait for them. */
bool background_start(struct background *background, void *(*run)(void *),
		      void *argument) __attribute__((warn_unused_result));
/* Tells it to stop and waits for its end; nothing if it was never started. */
void background_stop(struct background *background);
/* Ends its wait, or the next one if it does not wait now. Any thread. */
void background_wake(struct background *background);

/* For the thread itself, without the lock; true: go on. _wait ends early when
 * it is woken, _sleep only when it shall stop. */
bool background_wait(struct background *background, int64_t ms);
bool background_sleep(struct background *background, int64_t ms);

#endif
