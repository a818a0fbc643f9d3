#ifndef CONFAB_TESTS_CHAOS_READERS_PRIVATE_H
#define CONFAB_TESTS_CHAOS_READERS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/chaos/readers.h"
#include "tests/integration/http.h"

/* The parts of readers.c. */
struct readers {
	struct readers_settings settings;
	struct reader *all;
	unsigned count;
	struct readers_figures figures;
	pthread_t thread;
	bool running; /* the thread is to be joined */
	atomic_bool reading, finishing, stopping;
	_Atomic int64_t moved_ms;  /* when one of them got on */
	_Atomic int64_t finish_ms; /* an end that is asked for then counts */
};

/* ---- readers_judge.c ---- */

/* Takes the answer; returns for how many ms the reader rests. */
int readers_judge(struct readers *readers, struct reader *reader,
		  const struct http_reply *reply);

#endif
