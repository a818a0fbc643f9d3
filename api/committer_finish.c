#include <stdlib.h>
#include <string.h>

#include "api/committer_private.h"
#include "common/clock.h"
#include "common/log.h"

struct metric_series committer_accepted[2] = {
	{ .labels = "type=\"chat.created\"" },
	{ .labels = "type=\"message.created\"" },
};
struct metric_histogram committer_seconds = { .labels = "" };
struct metric_histogram committer_redis_seconds = { .labels = "" };
struct metric_histogram committer_confirm_seconds = { .labels = "" };
struct metric_histogram committer_batch_size = { .labels = "",
						 .scale = &metric_scale_sizes };
struct metric_series committer_batches = { .labels = "" };
struct metric_series committer_published = { .labels = "" };
struct metric_series committer_refused = { .labels = "" };
struct metric_series committer_unsure = { .labels = "" };
struct metric_series committer_in_flight = { .labels = "" };

void committer_finish(struct committer *it, struct commit *commit,
		      enum commit_outcome outcome, const char *why)
{
	commit->outcome = outcome;
	commit->why = why;
	if (outcome == COMMIT_ACCEPTED) {
		metric_add(
			&committer_accepted[commit->allocation.chat_number ? 1
									   : 0],
			1);
		metric_observe(&committer_seconds,
			       clock_monotonic_us() - commit->submitted_us);
	} else if (outcome == COMMIT_UNAVAILABLE) {
		metric_add(&committer_refused, 1);
	} else if (outcome == COMMIT_UNSURE) {
		metric_add(&committer_unsure, 1);
	}
	it->settings.done(commit);
}

void committer_finish_all(struct committer *it, struct commit *commits,
			  enum commit_outcome outcome, const char *why)
{
	while (commits) {
		struct commit *next = commits->next;

		committer_finish(it, commits, outcome, why);
		commits = next;
	}
}

struct event committer_event(const struct committer *it,
			     const struct commit *commit)
{
	const struct allocation *allocation = &commit->allocation;
	struct event event = {
		.type = allocation->chat_number ? EVENT_MESSAGE_CREATED
						: EVENT_CHAT_CREATED,
		.generation = it->generation,
		.revision = 1,
		.id = allocation->event_id,
		.application_id = allocation->application_id,
		.chat_number = allocation->chat_number,
		.number = allocation->number,
		.at_ms = allocation->at_ms,
		.body = commit->body,
		.body_length = commit->body_length,
		.key = allocation->key,
		.key_length = allocation->key_length,
		.request_id = commit->request_id,
		.traceparent = commit->traceparent,
	};

	if (commit->request_id)
		event.request_id_length = strlen(commit->request_id);
	memcpy(event.fingerprint, allocation->fingerprint,
	       sizeof(event.fingerprint));
	return event;
}

/* One of them is watched until its row is there. */
static void offer_to_audit(struct committer *it, const struct commit *commits)
{
	struct audit *audit = topology_audit(it->topology);
	struct event event;

	if (!commits || !audit_wants(audit))
		return;
	event = committer_event(it, commits);
	audit_offer(audit, &event);
}

/* Their events are certainly in no queue: the numbers become tombstones. A key
 * keeps its number, since a retry may be publishing the same event now. */
void committer_void_numbers(struct committer *it, const struct commit *commits)
{
	for (; commits; commits = commits->next) {
		struct event event = committer_event(it, commits);

		if (commits->allocation.outcome == ALLOCATION_GIVEN &&
		    !commits->allocation.key)
			voids_add(&it->voids, &event);
	}
}

void committer_settle(void *context, struct publication *publication,
		      enum settlement settlement)
{
	struct committer *it = context;
	int64_t age = clock_monotonic_ms() - publication->leased_ms;

	if (publication->voids && settlement != SETTLED_CONFIRMED &&
	    publication->generation == it->generation)
		voids_put_back(&it->voids, publication->voids,
			       publication->void_count);
	free(publication->voids);
	switch (settlement) {
	case SETTLED_CONFIRMED:
		metric_observe(&committer_confirm_seconds,
			       clock_monotonic_us() -
				       publication->published_us);
		offer_to_audit(it, publication->commits);
		committer_finish_all(it, publication->commits,
				     age <= NUMBERS_LEASE_MS ? COMMIT_ACCEPTED
							     : COMMIT_UNSURE,
				     NULL);
		break;
	case SETTLED_REFUSED:
		log_event(LOG_ERROR, "event-returned",
			  LOG_TEXT("reason", "no queue is bound"));
		if (publication->generation == it->generation)
			committer_void_numbers(it, publication->commits);
		committer_finish_all(it, publication->commits,
				     COMMIT_UNAVAILABLE, WHY_REFUSED);
		break;
	case SETTLED_UNSURE:
		committer_finish_all(it, publication->commits, COMMIT_UNSURE,
				     NULL);
		break;
	}
	metric_set(&committer_in_flight, it->window.used);
}
