#ifndef CONFAB_API_SEARCH_BREAKER_H
#define CONFAB_API_SEARCH_BREAKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps requests away from an engine that fails, so that they need not wait
 * for it each time. Shared by all threads. It opens at once when the engine
 * lets a request wait till its deadline, and after SEARCH_BREAKER_FAILURES
 * other failures in a row; SEARCH_BREAKER_OPEN_MS later one request may try,
 * and closes it or opens it again.
 */
#define SEARCH_BREAKER_FAILURES 3u
#define SEARCH_BREAKER_OPEN_MS 3000

enum search_outcome { SEARCH_ANSWERED, SEARCH_FAILED, SEARCH_TIMED_OUT };

struct search_breaker {
	pthread_mutex_t mutex;
	unsigned failures; /* in a row */
	int64_t try_at_ms; /* when the next one may try; 0: closed */
	bool trying;	   /* one is on its way */
};

#define SEARCH_BREAKER_INIT                                                    \
	{                                                                      \
		PTHREAD_MUTEX_INITIALIZER, 0, 0, false                         \
	}

/* True: ask the engine and report how it went. Times are CLOCK_MONOTONIC. */
bool search_breaker_admit(struct search_breaker *breaker, int64_t now_ms)
	__attribute__((warn_unused_result));
void search_breaker_report(struct search_breaker *breaker,
			   enum search_outcome outcome, int64_t now_ms);
/* For readiness and metrics. */
bool search_breaker_is_open(struct search_breaker *breaker);

#endif
