#include <string.h>

#include "common/clock.h"
#include "common/consumer_private.h"
#include "common/log.h"
#include "common/progress.h"

void consumer_read_ids(const struct event *event, struct consumer_ids *ids_r)
{
	ids_r->request[0] = ids_r->trace[0] = '\0';
	if (!event->request_id)
		return;
	memcpy(ids_r->request, event->request_id, event->request_id_length);
	ids_r->request[event->request_id_length] = '\0';
	if (event->traceparent)
		trace_parent_id(event->traceparent, ids_r->trace);
}

static void tell(const struct sink *sink, const struct event *event,
		 int64_t now_ms)
{
	char id[UUID_TEXT_SIZE] = "";
	struct consumer_ids ids;

	uuid_format(&event->id, id);
	consumer_read_ids(event, &ids);
	log_event(LOG_INFO, sink->done, LOG_TEXT("request", ids.request),
		  LOG_TEXT("type", event_type_name(event->type)),
		  LOG_TEXT("id", id),
		  LOG_NUMBER("application", event->application_id),
		  LOG_NUMBER("chat", event->chat_number),
		  LOG_NUMBER("number", event->number),
		  LOG_NUMBER("ms", now_ms - event->at_ms),
		  LOG_TEXT(*ids.trace ? "trace" : NULL, ids.trace));
}

/* What is left to be tried again is not done, whatever came after it. */
static int64_t oldest_left(const struct batch *batch,
			   const struct batch_result *result)
{
	int64_t at_ms = INT64_MAX;

	for (size_t i = 0; i < result->offered; i++) {
		const struct batch_item *item = &batch->items[batch->offer[i]];

		if (!item->settled && item->event.at_ms < at_ms)
			at_ms = item->event.at_ms;
	}
	return at_ms;
}

void consumer_tell_settled(const struct consumer *consumer,
			   const struct batch_result *result)
{
	const struct batch *batch = &consumer->batch;
	int64_t now_ms = clock_wall_ms(), reached_ms = 0, left_ms;

	if (result->settled == 0)
		return;
	for (size_t i = 0; i < result->offered; i++) {
		const struct batch_item *item = &batch->items[batch->offer[i]];
		const struct event *event = &item->event;

		if (!item->settled ||
		    !(consumer->sink->types & (1u << event->type)))
			continue;
		consumer_count_settled(event, now_ms);
		if (event->at_ms > reached_ms)
			reached_ms = event->at_ms;
		if (event->request_id)
			tell(consumer->sink, event, now_ms);
	}
	left_ms = oldest_left(batch, result);
	progress_reach(consumer->settings->progress,
		       reached_ms < left_ms ? reached_ms : left_ms);
}
