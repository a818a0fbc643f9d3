#include "common/clock.h"
#include "common/consumer_private.h"
#include "common/progress.h"

/* So long nothing came. */
#define LOOK_MS 5000

/* Something may be ready that is on its way already: only the second look
 * without a delivery between means that it goes elsewhere. */
enum fault consumer_look(struct consumer *consumer, struct error *error)
{
	int64_t now = clock_monotonic_ms(), at_ms = clock_wall_ms();
	uint32_t ready, consumers;
	enum fault fault;

	if (consumer->inflight.count > 0 || now - consumer->heard_at < LOOK_MS)
		return FAULT_NONE;
	consumer->heard_at = now;
	fault = amqp_link_queue_depth(consumer->link, consumer->sink->queue,
				      &ready, &consumers, error);
	if (fault != FAULT_NONE)
		return fault;
	if (consumers == 0 || (ready > 0 && consumer->passed_over))
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the queue has forgotten this consumer");
	consumer->passed_over = ready > 0;
	if (ready == 0)
		progress_reach(consumer->settings->progress, at_ms);
	return FAULT_NONE;
}
