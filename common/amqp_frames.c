#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "common/amqp_private.h"

/* Between two looks at the heartbeats. */
#define WAIT_MS 2000

bool amqp_link_wait(const struct amqp_link *link, int64_t timeout_ms)
{
	struct pollfd peer = { .fd = watchdog_socket(link->watch),
			       .events = POLLIN };
	int wait = timeout_ms < WAIT_MS ? (int)timeout_ms : WAIT_MS;

	return poll(&peer, 1, wait < 0 ? 0 : wait) >= 0 || errno != EINTR;
}

static void note_ack(const amqp_basic_ack_t *m, enum amqp_step *step,
		     struct amqp_notice *notice)
{
	notice->kind = AMQP_ACK;
	notice->sequence = m->delivery_tag;
	notice->multiple = m->multiple;
	*step = STEP_NOTICE;
}

static void note_nack(const amqp_basic_nack_t *m, enum amqp_step *step,
		      struct amqp_notice *notice)
{
	notice->kind = AMQP_NACK;
	notice->sequence = m->delivery_tag;
	notice->multiple = m->multiple;
	*step = STEP_NOTICE;
}

static void start_return(struct amqp_link *link)
{
	link->part = PART_RETURN;
	link->header_seen = false;
	link->returned = (struct amqp_notice){ .kind = AMQP_RETURN };
}

static enum fault start_delivery(struct amqp_link *link,
				 const amqp_basic_deliver_t *m,
				 struct error *error)
{
	amqp_delivery_free(&link->delivery);
	link->delivery = calloc(1, sizeof(*link->delivery));
	if (!link->delivery)
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "out of memory");
	link->delivery->tag = m->delivery_tag;
	link->delivery->redelivered = m->redelivered;
	amqp_copy_text(link->delivery->routing_key,
		       sizeof(link->delivery->routing_key), m->routing_key);
	link->part = PART_DELIVERY;
	link->header_seen = false;
	return FAULT_NONE;
}

static enum fault channel_closed(struct amqp_link *link,
				 const amqp_channel_close_t *m,
				 struct error *error)
{
	return amqp_link_closed(link, "channel closed", m->reply_code,
				m->reply_text, error);
}

static enum fault connection_closed(struct amqp_link *link,
				    const amqp_connection_close_t *m,
				    struct error *error)
{
	amqp_connection_close_ok_t ok = { 0 };

	/* A courtesy; the link is gone whether it arrives or not. */
	watchdog_arm(link->watch, AMQP_CALL_MS);
	(void)amqp_send_method(link->state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD,
			       &ok);
	watchdog_disarm(link->watch);
	return amqp_link_closed(link, "connection closed", m->reply_code,
				m->reply_text, error);
}

static enum fault take_method(struct amqp_link *link,
			      const amqp_method_t *method, enum amqp_step *step,
			      struct amqp_notice *notice, struct error *error)
{
	switch (method->id) {
	case AMQP_BASIC_ACK_METHOD:
		note_ack(method->decoded, step, notice);
		return FAULT_NONE;
	case AMQP_BASIC_NACK_METHOD:
		note_nack(method->decoded, step, notice);
		return FAULT_NONE;
	case AMQP_BASIC_DELIVER_METHOD:
		return start_delivery(link, method->decoded, error);
	case AMQP_BASIC_RETURN_METHOD:
		start_return(link);
		return FAULT_NONE;
	case AMQP_BASIC_CANCEL_METHOD:
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "the broker cancelled the consumer: its"
				      " queue was deleted or has moved");
	case AMQP_CONNECTION_BLOCKED_METHOD:
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		link->blocked = method->id == AMQP_CONNECTION_BLOCKED_METHOD;
		notice->kind = link->blocked ? AMQP_BLOCKED : AMQP_UNBLOCKED;
		*step = STEP_NOTICE;
		return FAULT_NONE;
	case AMQP_CHANNEL_CLOSE_METHOD:
		return channel_closed(link, method->decoded, error);
	case AMQP_CONNECTION_CLOSE_METHOD:
		return connection_closed(link, method->decoded, error);
	default:
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "unexpected method %s",
				      amqp_method_name(method->id));
	}
}

/* Content is complete: hand it out. */
static void finish_part(struct amqp_link *link, enum amqp_step *step,
			struct amqp_notice *notice)
{
	if (link->part == PART_RETURN) {
		*notice = link->returned;
		*step = STEP_NOTICE;
	} else {
		link->delivery->body[link->delivery->length] = '\0';
		*step = STEP_DELIVERY;
	}
	link->part = PART_NONE;
}

static enum fault take_header(struct amqp_link *link, const amqp_frame_t *frame,
			      enum amqp_step *step, struct amqp_notice *notice,
			      struct error *error)
{
	const amqp_basic_properties_t *properties =
		frame->payload.properties.decoded;

	if (link->part == PART_NONE || link->header_seen)
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "unexpected content header");
	link->header_seen = true;
	link->missing = frame->payload.properties.body_size;
	if (link->part == PART_RETURN) {
		if (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
			amqp_copy_text(link->returned.message_id,
				       sizeof(link->returned.message_id),
				       properties->message_id);
	} else {
		link->delivery->body = malloc((size_t)link->missing + 1);
		if (!link->delivery->body)
			return amqp_link_fail(link, error, FAULT_TEMPORARY,
					      "out of memory for a message");
	}
	if (link->missing == 0)
		finish_part(link, step, notice);
	return FAULT_NONE;
}

static enum fault take_body(struct amqp_link *link, amqp_bytes_t bytes,
			    enum amqp_step *step, struct amqp_notice *notice,
			    struct error *error)
{
	struct amqp_delivery *delivery = link->delivery;

	if (link->part == PART_NONE || !link->header_seen ||
	    bytes.len > link->missing)
		return amqp_link_fail(link, error, FAULT_TEMPORARY,
				      "unexpected content body");
	if (link->part == PART_DELIVERY) {
		memcpy(delivery->body + delivery->length, bytes.bytes,
		       bytes.len);
		delivery->length += bytes.len;
	}
	link->missing -= bytes.len;
	if (link->missing == 0)
		finish_part(link, step, notice);
	return FAULT_NONE;
}

static enum fault take_frame(struct amqp_link *link, const amqp_frame_t *frame,
			     enum amqp_step *step, struct amqp_notice *notice,
			     struct error *error)
{
	switch (frame->frame_type) {
	case AMQP_FRAME_METHOD:
		return take_method(link, &frame->payload.method, step, notice,
				   error);
	case AMQP_FRAME_HEADER:
		return take_header(link, frame, step, notice, error);
	case AMQP_FRAME_BODY:
		return take_body(link, frame->payload.body_fragment, step,
				 notice, error);
	default:
		return FAULT_NONE; /* heartbeat */
	}
}

enum fault amqp_link_step(struct amqp_link *link, enum amqp_step *step_r,
			  struct amqp_notice *notice_r, struct error *error)
{
	const struct timeval now = { 0 };
	struct amqp_notice notice = { 0 };
	enum amqp_step step = STEP_PART;
	amqp_frame_t frame;
	enum fault fault = amqp_link_good(link, error);
	int status;

	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	status = amqp_simple_wait_frame_noblock(link->state, &frame, &now);
	watchdog_disarm(link->watch);
	if (status == AMQP_STATUS_TIMEOUT) {
		*step_r = STEP_IDLE;
		return FAULT_NONE;
	}
	fault = amqp_link_check(link, status, "reading", error);
	if (fault == FAULT_NONE)
		fault = take_frame(link, &frame, &step, &notice, error);
	if (fault != FAULT_NONE)
		return fault;
	/* `frame` points into these; all that is kept was copied. */
	amqp_maybe_release_buffers(link->state);
	*step_r = step;
	*notice_r = notice;
	return FAULT_NONE;
}
