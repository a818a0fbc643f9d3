#include "common/progress.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/background.h"
#include "common/clock.h"
#include "common/trouble.h"

#define WRITE_MS 2000
#define RETRY_MS 10000

struct progress {
	const char *queue;
	struct sql *sql; /* of the thread, like all but reached_ms */
	struct trouble trouble;
	_Atomic int64_t reached_ms;
	int64_t written_ms;
	struct background background;
};

void progress_reach(struct progress *progress, int64_t at_ms)
{
	if (progress && at_ms > atomic_load_explicit(&progress->reached_ms,
						     memory_order_relaxed))
		atomic_store_explicit(&progress->reached_ms, at_ms,
				      memory_order_relaxed);
}

/* Workers of the same queue write the same row. A time that another host's
 * clock has ahead of ours is not yet reached. */
static enum fault write_row(struct progress *progress, int64_t reached_ms,
			    struct error *error)
{
	static const char statement[] =
		"INSERT INTO progress (queue, caught_up_at, noted_at)"
		" VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE"
		" caught_up_at = GREATEST(caught_up_at, VALUES(caught_up_at)),"
		" noted_at = GREATEST(noted_at, VALUES(noted_at))";
	int64_t now = clock_wall_ms();
	struct sql_value params[] = {
		sql_text(progress->queue, strlen(progress->queue)),
		sql_time(reached_ms < now ? reached_ms : now),
		sql_time(now),
	};

	return sql_run(progress->sql, statement, params, 3, NULL, NULL, NULL,
		       error);
}

/* How long to wait for the next look. */
static int64_t write_new(struct progress *progress)
{
	struct error error = ERROR_INIT;
	int64_t reached_ms = atomic_load_explicit(&progress->reached_ms,
						  memory_order_relaxed);

	if (reached_ms == progress->written_ms)
		return WRITE_MS;
	if (write_row(progress, reached_ms, &error) != FAULT_NONE) {
		trouble_note(&progress->trouble, LOG_WARNING, &error);
		return RETRY_MS;
	}
	trouble_end(&progress->trouble, "progress_back");
	progress->written_ms = reached_ms;
	return WRITE_MS;
}

static void *run(void *argument)
{
	struct progress *progress = argument;
	int64_t wait_ms = WRITE_MS;

	sql_thread_init();
	while (background_sleep(&progress->background, wait_ms))
		wait_ms = write_new(progress);
	if (progress->trouble.times == 0)
		write_new(progress);
	sql_disconnect(progress->sql);
	sql_thread_release();
	return NULL;
}

struct progress *progress_start(const struct sql_settings *settings,
				const char *queue)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		return NULL;
	progress->queue = queue;
	progress->trouble.event = "progress_away";
	progress->sql = sql_new(settings);
	if (!progress->sql ||
	    !background_start(&progress->background, run, progress))
		progress_stop(&progress);
	return progress;
}

void progress_stop(struct progress **progress)
{
	if (!*progress)
		return;
	background_stop(&(*progress)->background);
	sql_free(&(*progress)->sql);
	free(*progress);
	*progress = NULL;
}
