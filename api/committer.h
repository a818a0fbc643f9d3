#ifndef CONFAB_API_COMMITTER_H
#define CONFAB_API_COMMITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/allocator.h"
#include "api/numbers.h"
#include "common/metrics.h"

/*
 * Group commit. Request threads submit commits; one thread takes all that
 * wait, allocates their numbers in one Redis pipeline, publishes their events
 * as one AMQP message per event type, keeps a small window of such messages
 * outstanding, and finishes each commit when the broker's confirm has come and
 * the lease has not run out. It waits for nothing else, so an idle system
 * commits batches of one and a busy one batches that grow by themselves.
 *
 * Each submitted commit is finished exactly once, within about
 * COMMITTER_DEADLINE_MS.
 */
#define COMMITTER_DEADLINE_MS NUMBERS_LEASE_MS

enum commit_outcome {
	COMMIT_ACCEPTED, /* confirmed by the broker, the number is promised */
	COMMIT_KEY_MISMATCH, /* the key was used with another payload */
	COMMIT_NO_CHAT,
	COMMIT_LOAD_CHATS,    /* submit again with load = LOAD_CHATS */
	COMMIT_LOAD_MESSAGES, /* submit again with load = LOAD_MESSAGES */
	COMMIT_OLD_KEY, /* ask the rows first (old_keys.h), then submit again */
	COMMIT_STALE,	/* of another generation: look again, resubmit */
	COMMIT_UNAVAILABLE, /* certainly not accepted; try later */
	COMMIT_UNSURE	    /* sent, but not confirmed in time */
};

struct commit {
	struct allocation allocation; /* what is wanted, and what came of it */
	/* of the numbers, before anything was read for this commit from SQL:
	 * what was true in one generation is not in the next */
	uint32_t generation;
	const char *body; /* a message's text; must live until it is done */
	size_t body_length;
	const char *request_id; /* NULL: the event does not carry it */
	const char *traceparent;
	/* when the rows were last asked for an old key's number, monotonic;
	 * 0: they were not */
	int64_t checked_ms;
	enum commit_outcome outcome;
	const char *why; /* of COMMIT_UNAVAILABLE: a static sentence */
	/* the committer's own from here on */
	int64_t submitted_ms;
	int64_t submitted_us;
	struct commit *next;
};

struct committer;

struct committer_settings {
	const char *redis_url;
	const char *rabbitmq_url;
	const struct sql_settings *sql; /* must outlive it */
	struct numbers *numbers;
	const char *name; /* of the connection, in the management UI */
	size_t batch_events;
	unsigned window; /* AMQP messages that await their confirm */
	/* Called once per commit, from the committer's thread, or from the
	 * submitter's when it was stopped. It must not block; the commit is
	 * the caller's again. */
	void (*done)(struct commit *commit);
};

struct committer *committer_new(const struct committer_settings *settings);
/* Refuses what waits, waits for what is in flight, at most the deadline. What
 * is submitted afterwards is refused at once. NULL is none. */
void committer_stop(struct committer *committer);
/* Of one that was stopped, when no thread is left that may use it. */
void committer_free(struct committer **committer);
/* Any thread. */
void committer_submit(struct committer *committer, struct commit *commit);
/* Makes it look at the state of things now. Any thread, also NULL. */
void committer_wake(struct committer *committer);

/* What creates depend on. Any thread. */
struct committer_health {
	bool redis, rabbitmq, numbers;
};
struct committer_health committer_health(struct committer *committer);
/* False when its thread hangs: far longer than any call of it may take. */
#define COMMITTER_STUCK_MS 30000
bool committer_turns(const struct committer *committer);

extern struct metric_series committer_accepted[2]; /* chats, messages */
extern struct metric_histogram committer_seconds, committer_redis_seconds,
	committer_confirm_seconds, committer_batch_size;
extern struct metric_series committer_batches, committer_published,
	committer_refused, committer_unsure, committer_in_flight;

#endif
