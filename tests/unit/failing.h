#ifndef CONFAB_TESTS_UNIT_FAILING_H
#define CONFAB_TESTS_UNIT_FAILING_H

#include <stdbool.h>

#include "tests/unit/unit.h"

/*
 * Memory that runs out at one allocation: the n-th of a scenario fails, for
 * each n from 1 on, until the scenario gets through without a failure. For one
 * file of a program, which has the line
 *
 *   wraps: malloc calloc realloc reallocarray free
 *
 * as a comment of its own. What our own code allocates is counted and must be
 * free again at the scenario's end. A library joins in by its own hooks.
 */

/* Does all of it, checks what came of it, frees everything. True when it all
 * went well; else it has made sure that the error was a proper one. */
typedef bool failing_scenario(void);

/* Behind a prototype: the function that stands in the place of one that the
 * test wraps, and the wrapped one. */
#define INSTEAD_OF(name) __asm__("__wrap_" #name)
#define TRUE_ONE(name) __asm__("__real_" #name)

void *failing_malloc(size_t size) INSTEAD_OF(malloc);
void *failing_calloc(size_t count, size_t size) INSTEAD_OF(calloc);
void *failing_realloc(void *old, size_t size) INSTEAD_OF(realloc);
void *failing_reallocarray(void *old, size_t count, size_t size)
	INSTEAD_OF(reallocarray);
void failing_free(void *memory) INSTEAD_OF(free);

void *true_malloc(size_t size) TRUE_ONE(malloc);
void *true_calloc(size_t count, size_t size) TRUE_ONE(calloc);
void *true_realloc(void *old, size_t size) TRUE_ONE(realloc);
void true_free(void *memory) TRUE_ONE(free);

#define FAILING_LIVE_MAX 4096

static struct {
	bool on;
	size_t made, at; /* allocations so far, and the one that fails */
	void *live[FAILING_LIVE_MAX];
	size_t live_count;
} failing;

static inline bool failing_now(void)
{
	return failing.on && ++failing.made == failing.at;
}

static inline void *failing_keep(void *memory)
{
	if (failing.on && memory) {
		assert_true(failing.live_count < FAILING_LIVE_MAX);
		failing.live[failing.live_count++] = memory;
	}
	return memory;
}

/* Also for what a library takes over, which frees it by itself. */
static inline void failing_drop(const void *memory)
{
	for (size_t i = failing.live_count; memory && i-- > 0;)
		if (failing.live[i] == memory) {
			failing.live[i] = failing.live[--failing.live_count];
			return;
		}
}

void *failing_malloc(size_t size)
{
	return failing_now() ? NULL : failing_keep(true_malloc(size));
}

void *failing_calloc(size_t count, size_t size)
{
	return failing_now() ? NULL : failing_keep(true_calloc(count, size));
}

void *failing_realloc(void *old, size_t size)
{
	void *memory;

	if (failing_now())
		return NULL;
	memory = true_realloc(old, size);
	if (memory) {
		failing_drop(old);
		failing_keep(memory);
	}
	return memory;
}

void *failing_reallocarray(void *old, size_t count, size_t size)
{
	return failing_realloc(old, count * size);
}

void failing_free(void *memory)
{
	failing_drop(memory);
	true_free(memory);
}

/* For what stands for the outside world, whose memory does not run out.
 * Returns what to give to failing_resume(). */
static inline bool failing_pause(void)
{
	bool on = failing.on;

	failing.on = false;
	return on;
}

static inline void failing_resume(bool on)
{
	failing.on = on;
}

/* Whether the failure was already. */
static inline bool failing_struck(void)
{
	return failing.made >= failing.at;
}

/* Returns how many allocations failed, one at a time. At least `least` must
 * have: else the scenario does not do what it is for. */
static inline size_t failing_run(failing_scenario *scenario, size_t least)
{
	failing.live_count = 0;
	for (size_t n = 1;; n++) {
		bool well;

		failing.made = 0;
		failing.at = n;
		failing.on = true;
		well = scenario();
		failing.on = false;
		if (failing.live_count > 0)
			fail_msg("%zu blocks left when allocation %zu failed",
				 failing.live_count, n);
		if (failing_struck())
			continue;
		assert_true(well);
		assert_true(n > least);
		print_message("%zu allocations failed in turn\n", n - 1);
		return n - 1;
	}
}

#endif
