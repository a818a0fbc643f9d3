#include "ctl/reconcile.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/counts.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/progress_bar.h"

/* A set may meet a worker's transaction; it is then done again. What lasts
 * longer is said. */
#define ATTEMPTS 10
#define ATTEMPTS_UNSAID 2

static enum fault step(struct counts *counts, bool *done_r, struct error *error)
{
	struct backoff backoff = { 0, 0 };
	enum fault fault = FAULT_NONE;

	for (int i = 0; i < ATTEMPTS; i++) {
		fault = counts_step(counts, done_r, error);
		if (fault != FAULT_TEMPORARY && fault != FAULT_UNSURE)
			return fault;
		if (i == ATTEMPTS_UNSAID)
			console_error("trying again: %s", error->text);
		clock_sleep_ms(backoff_next(&backoff));
	}
	return fault;
}

static enum fault count_all(struct counts *counts, struct error *error)
{
	struct progress_bar progress;
	enum fault fault = FAULT_NONE;
	bool done = false;

	progress_bar_start(&progress, "counting messages", 0);
	while (fault == FAULT_NONE && !done) {
		fault = step(counts, &done, error);
		progress_bar_update(&progress, counts_progress(counts)->rows);
	}
	progress_bar_finish(&progress, counts_progress(counts)->rows);
	return fault;
}

enum ctl_exit reconcile_run(struct ctl *ctl)
{
	struct counts *counts = counts_new(ctl->sql);
	const struct counts_progress *seen;
	struct error error = ERROR_INIT;

	if (counts == NULL) {
		console_error("out of memory");
		return CTL_FAILED;
	}
	if (count_all(counts, &error) != FAULT_NONE) {
		counts_free(&counts);
		console_fault("count the rows", &error);
		return CTL_FAILED;
	}
	seen = counts_progress(counts);
	printf("counted %" PRIu64 " applications, %" PRIu64 " chats, %" PRIu64
	       " messages; corrected %" PRIu64 " counts\n",
	       seen->applications, seen->chats, seen->rows, seen->corrected);
	ctl_set_result(ctl,
		       "{\"applications\":%" PRIu64 ",\"chats\":%" PRIu64
		       ",\"messages\":%" PRIu64 ",\"corrected\":%" PRIu64 "}",
		       seen->applications, seen->chats, seen->rows,
		       seen->corrected);
	counts_free(&counts);
	return CTL_DONE;
}
