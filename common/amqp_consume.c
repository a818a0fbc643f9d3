#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>

#include "common/amqp_private.h"
#include "common/clock.h"

/* So long nothing comes: nothing is on its way. */
#define QUIET_MS 250
#define QUIET_AT_LAST_MS 3000

void amqp_delivery_free(struct amqp_delivery **delivery)
{
	if (!*delivery)
		return;
	free((*delivery)->body);
	free(*delivery);
	*delivery = NULL;
}

/* Also a barrier: its answer comes behind all that was sent before. */
static enum fault ask_prefetch(struct amqp_link *link, struct error *error)
{
	watchdog_arm(link->watch, AMQP_CALL_MS);
	amqp_basic_qos(link->state, AMQP_CHANNEL, 0, link->prefetch, false);
	watchdog_disarm(link->watch);
	return amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				   "setting the prefetch", NULL, error);
}

enum fault amqp_link_consume(struct amqp_link *link, const char *queue,
			     uint16_t prefetch, struct error *error)
{
	const amqp_basic_consume_ok_t *answer;
	enum fault fault = amqp_link_good(link, error);

	link->prefetch = prefetch;
	if (fault == FAULT_NONE)
		fault = ask_prefetch(link, error);
	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	answer = amqp_basic_consume(link->state, AMQP_CHANNEL, amqp_text(queue),
				    amqp_text(link->name), false, false, false,
				    amqp_empty_table);
	watchdog_disarm(link->watch);
	fault = amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				    "consuming", NULL, error);
	if (fault == FAULT_NONE)
		amqp_copy_text(link->consumer_tag, sizeof(link->consumer_tag),
			       answer->consumer_tag);
	return fault;
}

enum fault amqp_link_receive(struct amqp_link *link, int timeout_ms,
			     struct amqp_delivery **delivery_r,
			     struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	struct amqp_notice unused;
	enum amqp_step step;

	for (;;) {
		enum fault fault = amqp_link_step(link, &step, &unused, error);
		int64_t left;

		if (fault != FAULT_NONE)
			return fault;
		if (step == STEP_DELIVERY) {
			*delivery_r = link->delivery;
			link->delivery = NULL;
			return FAULT_NONE;
		}
		if (step != STEP_IDLE)
			continue;
		left = deadline - clock_monotonic_ms();
		if (left <= 0 || !amqp_link_wait(link, left)) {
			*delivery_r = NULL;
			return FAULT_NONE;
		}
	}
}

enum fault amqp_link_ack(struct amqp_link *link, uint64_t tag, bool multiple,
			 struct error *error)
{
	enum fault fault = amqp_link_good(link, error);
	int status;

	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	status = amqp_basic_ack(link->state, AMQP_CHANNEL, tag, multiple);
	watchdog_disarm(link->watch);
	return amqp_link_check(link, status, "acknowledging", error);
}

enum fault amqp_link_sync(struct amqp_link *link, struct error *error)
{
	enum fault fault = amqp_link_good(link, error);

	return fault == FAULT_NONE ? ask_prefetch(link, error) : fault;
}

static bool is_quiet(const struct amqp_link *link)
{
	struct pollfd peer = { .fd = watchdog_socket(link->watch),
			       .events = POLLIN };

	return poll(&peer, 1, QUIET_MS) == 0;
}

/* A quorum queue takes back what is on its way to a consumer that cancels, and
 * marks it as redelivered. Without acknowledgements the prefetch is soon
 * used up. */
static enum fault await_quiet(struct amqp_link *link, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + QUIET_AT_LAST_MS;
	enum fault fault = FAULT_NONE;

	do
		fault = amqp_link_sync(link, error);
	while (fault == FAULT_NONE && !is_quiet(link) &&
	       clock_monotonic_ms() < deadline);
	return fault;
}

enum fault amqp_link_cancel(struct amqp_link *link, struct error *error)
{
	/* Whoever cancels is about to leave and waits no longer for it. */
	const struct timeval timeout = { .tv_sec = AMQP_CLOSE_S };
	enum fault fault = amqp_link_good(link, error);

	if (fault == FAULT_NONE)
		fault = amqp_link_check(
			link, amqp_set_rpc_timeout(link->state, &timeout),
			"setting timeouts", error);
	if (fault == FAULT_NONE)
		fault = await_quiet(link, error);
	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	amqp_basic_cancel(link->state, AMQP_CHANNEL,
			  amqp_text(link->consumer_tag));
	watchdog_disarm(link->watch);
	return amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				   "cancelling the consumer", NULL, error);
}
