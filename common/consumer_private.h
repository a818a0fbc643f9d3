#ifndef CONFAB_COMMON_CONSUMER_PRIVATE_H
#define CONFAB_COMMON_CONSUMER_PRIVATE_H

#include "common/amqp.h"
#include "common/backoff.h"
#include "common/batch.h"
#include "common/consumer.h"
#include "common/dead_letter.h"
#include "common/inflight.h"
#include "common/trace.h"
#include "common/trouble.h"

/* What consumer.c and its parts (consumer_*.c) share. Times are monotonic
 * ms. */
struct consumer {
	const struct sink *sink;
	const struct consumer_settings *settings;
	struct amqp_link *link; /* NULL: not connected */
	struct inflight inflight;
	struct batch batch;
	struct dead_letters *dead;
	struct dead_letter **letters; /* room for a batch */

	struct backoff connect_backoff, write_backoff;
	int64_t connect_at, write_at, tick_at;
	struct trouble broker, store, burial, tick;

	int64_t heard_at; /* connected, got something or looked */
	bool passed_over; /* something was ready, and not for this one */

	bool away;	 /* as the sink wishes */
	bool failing;	 /* the last write did */
	int64_t stop_at; /* when it was told to stop, 0: go on */
	bool bug;
};

/* Writes one batch, if there is something to write, records what is to be
 * dead-lettered and settles the rest. Sets write_at, failing and bug. */
void consumer_work(struct consumer *consumer);
/* Acknowledges what is settled. */
MUST_CHECK enum fault consumer_ack(struct consumer *consumer,
				   struct error *error);
bool consumer_work_waits(const struct consumer *consumer);

/* When nothing came for a while: fails when the queue has forgotten this
 * consumer or gives it nothing, which RabbitMQ 3.10 may do without a word when
 * the queue is deleted and declared again at once. */
MUST_CHECK enum fault consumer_look(struct consumer *consumer,
				    struct error *error);

void consumer_count_delivery(const struct amqp_delivery *delivery);
void consumer_count_offer(const struct batch *batch,
			  const struct batch_result *result, int64_t us);
void consumer_count_connection(bool connected);
/* One event has reached what it was accepted for. */
void consumer_count_settled(const struct event *event, int64_t now_ms);
/* consumer_trace.c: the lag and the log lines of what a write has settled. */
void consumer_tell_settled(const struct consumer *consumer,
			   const struct batch_result *result);
/* The ids of an event's request, or "": for a line of the log. */
struct consumer_ids {
	char request[TRACE_REQUEST_MAX + 1];
	char trace[TRACE_ID_LENGTH + 1];
};
void consumer_read_ids(const struct event *event, struct consumer_ids *ids_r);
void consumer_gauge_ready(bool ready);
void consumer_gauge_hand(const struct inflight *inflight);

#endif
