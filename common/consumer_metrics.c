#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/consumer_private.h"
#include "common/metrics.h"

static struct metric_series connected = { .labels = "" };
static struct metric_series connections = { .labels = "" };
static struct metric_series deliveries[] = {
	{ .labels = "redelivered=\"no\"" },
	{ .labels = "redelivered=\"yes\"" },
};
static struct metric_series events[EVENT_TYPES] = {
	[EVENT_CHAT_CREATED] = { .labels = "type=\"chat.created\"" },
	[EVENT_CHAT_VOIDED] = { .labels = "type=\"chat.voided\"" },
	[EVENT_MESSAGE_CREATED] = { .labels = "type=\"message.created\"" },
	[EVENT_MESSAGE_UPDATED] = { .labels = "type=\"message.updated\"" },
	[EVENT_MESSAGE_VOIDED] = { .labels = "type=\"message.voided\"" },
};
static struct metric_series batches = { .labels = "" };
static struct metric_series batch_events = { .labels = "" };
static struct metric_series retries = { .labels = "" };
static struct metric_series hand_deliveries = { .labels = "" };
static struct metric_series hand_bytes = { .labels = "" };
static struct metric_histogram batch_size = { .labels = "",
					      .scale = &metric_scale_sizes };
static struct metric_histogram write_seconds = { .labels = "" };
static struct metric_histogram lag = { .scale = &metric_scale_lag };
static char lag_labels[80];
static struct metric_series is_ready = { .labels = "" };

#define ONE(series) (series), NULL, 1
#define MANY(series) (series), NULL, sizeof(series) / sizeof((series)[0])

const struct metric_family consumer_metrics[] = {
	{ "confab_ready", "1 while /ready says 200.", METRIC_GAUGE,
	  ONE(&is_ready) },
	{ "confab_consumer_connected", "1 while it consumes from its queue.",
	  METRIC_GAUGE, ONE(&connected) },
	{ "confab_consumer_connections_total",
	  "Connections to the broker that were made.", METRIC_COUNTER,
	  ONE(&connections) },
	{ "confab_consumer_deliveries_total", "AMQP messages received.",
	  METRIC_COUNTER, MANY(deliveries) },
	{ "confab_consumer_events_total",
	  "Events given to the sink, each time they are.", METRIC_COUNTER,
	  MANY(events) },
	{ "confab_consumer_batches_total", "Writes of the sink.",
	  METRIC_COUNTER, ONE(&batches) },
	{ "confab_consumer_batch_events_total",
	  "Events in them; divided by the batches, the mean size.",
	  METRIC_COUNTER, ONE(&batch_events) },
	{ "confab_consumer_batch_size", "Events in a write.", METRIC_HISTOGRAM,
	  NULL, &batch_size, 1 },
	{ "confab_consumer_retries_total",
	  "Events that a write left to be tried again.", METRIC_COUNTER,
	  ONE(&retries) },
	{ "confab_consumer_in_hand_deliveries",
	  "AMQP messages received and not acknowledged.", METRIC_GAUGE,
	  ONE(&hand_deliveries) },
	{ "confab_consumer_in_hand_bytes", "Their bytes.", METRIC_GAUGE,
	  ONE(&hand_bytes) },
	{ "confab_consumer_write_seconds", "How long a write took.",
	  METRIC_HISTOGRAM, NULL, &write_seconds, 1 },
	{ "confab_event_lag_seconds",
	  "From acceptance of an event until its row, its document or its mark "
	  "for the counts is durable.",
	  METRIC_HISTOGRAM, NULL, &lag, 1 },
	{ .name = NULL },
};

static size_t count_families(const struct metric_family *families)
{
	size_t n = 0;

	while (families && families[n].name)
		n++;
	return n;
}

static void name_series(const char *queue)
{
	static const char *const reasons[] = { REASON_MALFORMED,
					       REASON_REJECTED,
					       REASON_COLLISION };

	snprintf(lag_labels, sizeof(lag_labels), "queue=\"%s\"", queue);
	lag.labels = lag_labels;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		metrics_name_dead_letter(queue, reasons[i]);
}

struct metric_family *consumer_metrics_with(const char *queue,
					    const struct metric_family *own)
{
	size_t shared = count_families(consumer_metrics);
	size_t more = count_families(own);
	struct metric_family *all = calloc(shared + more + 1, sizeof(*all));

	if (!all)
		return NULL;
	name_series(queue);
	memcpy(all, consumer_metrics, shared * sizeof(*all));
	if (more > 0)
		memcpy(all + shared, own, more * sizeof(*all));
	return all;
}

void consumer_count_connection(bool is_connected)
{
	metric_set(&connected, is_connected);
	if (is_connected)
		metric_add(&connections, 1);
}

void consumer_count_delivery(const struct amqp_delivery *delivery)
{
	metric_add(&deliveries[delivery->redelivered ? 1 : 0], 1);
}

uint64_t consumer_deliveries(void)
{
	return metric_get(&deliveries[0]) + metric_get(&deliveries[1]);
}

/* One addition per type and batch, not per event. */
void consumer_count_offer(const struct batch *batch,
			  const struct batch_result *result, int64_t us)
{
	uint64_t by_type[EVENT_TYPES] = { 0 };

	if (result->offered == 0)
		return;
	for (size_t i = 0; i < result->offered; i++)
		by_type[batch->events[i]->type]++;
	for (int type = 0; type < EVENT_TYPES; type++)
		if (by_type[type] > 0)
			metric_add(&events[type], by_type[type]);
	metric_add(&batches, 1);
	metric_add(&batch_events, result->offered);
	metric_observe(&batch_size, (int64_t)result->offered);
	metric_add(&retries, result->again);
	metric_observe(&write_seconds, us);
}

void consumer_count_settled(const struct event *event, int64_t now_ms)
{
	metric_observe(&lag, (now_ms - event->at_ms) * 1000);
}

void consumer_gauge_ready(bool now)
{
	metric_set(&is_ready, now);
}

void consumer_gauge_hand(const struct inflight *inflight)
{
	metric_set(&hand_deliveries, (int64_t)inflight->count);
	metric_set(&hand_bytes, (int64_t)inflight->bytes);
}
