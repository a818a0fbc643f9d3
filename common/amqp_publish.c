#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/amqp_private.h"
#include "common/clock.h"

#define HEADERS_MAX 8
/* What a frame has around its payload. */
#define FRAME_OVERHEAD 8
/* A queue that was full goes on refusing a connection after the bound was
 * taken away (RabbitMQ 3.10, quorum queues, overflow reject-publish); a new
 * connection is not refused. */
#define REFUSED_MS 5000

enum fault amqp_link_confirm_select(struct amqp_link *link, struct error *error)
{
	enum fault fault = amqp_link_good(link, error);

	if (fault != FAULT_NONE)
		return fault;
	watchdog_arm(link->watch, AMQP_CALL_MS);
	amqp_confirm_select(link->state, AMQP_CHANNEL);
	watchdog_disarm(link->watch);
	return amqp_link_check_rpc(link, amqp_get_rpc_reply(link->state),
				   "asking for confirms", NULL, error);
}

bool amqp_link_blocked(const struct amqp_link *link)
{
	return link->blocked;
}

/* ---- notices ---- */

/* Fails when there were only nacks for a while. */
static enum fault weigh_answer(struct amqp_link *link,
			       const struct amqp_notice *notice,
			       struct error *error)
{
	int64_t now = clock_monotonic_ms();

	if (notice->kind == AMQP_ACK)
		link->refused_since_ms = 0;
	if (notice->kind != AMQP_NACK)
		return FAULT_NONE;
	if (link->refused_since_ms == 0)
		link->refused_since_ms = now;
	if (now - link->refused_since_ms < REFUSED_MS)
		return FAULT_NONE;
	return amqp_link_fail(link, error, FAULT_TEMPORARY,
			      "the broker has refused everything for %d s",
			      REFUSED_MS / 1000);
}

static enum fault keep_notice(struct amqp_link *link,
			      const struct amqp_notice *notice,
			      struct error *error)
{
	if (link->notice_count == link->notice_capacity) {
		size_t capacity =
			link->notice_capacity ? 2 * link->notice_capacity : 16;
		struct amqp_notice *larger =
			reallocarray(link->notices, capacity, sizeof(*larger));

		if (!larger)
			return amqp_link_fail(link, error, FAULT_TEMPORARY,
					      "out of memory");
		link->notices = larger;
		link->notice_capacity = capacity;
	}
	link->notices[link->notice_count++] = *notice;
	return weigh_answer(link, notice, error);
}

/* Reads all that has arrived into the kept notices. */
static enum fault drain(struct amqp_link *link, struct error *error)
{
	struct amqp_notice notice;
	enum amqp_step step;
	enum fault fault;

	do {
		fault = amqp_link_step(link, &step, &notice, error);
		if (fault == FAULT_NONE && step == STEP_NOTICE)
			fault = keep_notice(link, &notice, error);
		if (fault != FAULT_NONE)
			return fault;
	} while (step != STEP_IDLE);
	return FAULT_NONE;
}

enum fault amqp_link_read_notices(struct amqp_link *link, int timeout_ms,
				  void (*notice)(void *context,
						 const struct amqp_notice *),
				  void *context, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	enum fault fault = drain(link, error);

	while (fault == FAULT_NONE && link->notice_count == 0) {
		int64_t left = deadline - clock_monotonic_ms();

		if (left <= 0 || !amqp_link_wait(link, left))
			break;
		fault = drain(link, error);
	}
	for (size_t i = 0; i < link->notice_count; i++)
		notice(context, &link->notices[i]);
	link->notice_count = 0;
	return fault;
}

/* ---- publishing ---- */

static void set_properties(const struct amqp_publication *what,
			   amqp_table_entry_t *entries,
			   amqp_basic_properties_t *properties_r)
{
	memset(properties_r, 0, sizeof(*properties_r));
	properties_r->_flags =
		AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG;
	properties_r->delivery_mode = AMQP_DELIVERY_PERSISTENT;
	properties_r->content_type = amqp_text(what->content_type);
	if (what->message_id) {
		properties_r->_flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
		properties_r->message_id = amqp_text(what->message_id);
	}
	if (what->header_count == 0)
		return;
	for (size_t i = 0; i < what->header_count; i++) {
		entries[i].key = amqp_text(what->headers[i].name);
		entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
		entries[i].value.value.bytes = amqp_text(what->headers[i].text);
	}
	properties_r->_flags |= AMQP_BASIC_HEADERS_FLAG;
	properties_r->headers.num_entries = (int)what->header_count;
	properties_r->headers.entries = entries;
}

/*
 * The library announces more to come (MSG_MORE) with each frame that is full,
 * so a body that ends with a full frame would wait in the kernel for up to
 * 200 ms. Setting TCP_NODELAY pushes what waits, see tcp(7).
 */
static void push_full_frame(struct amqp_link *link, size_t length)
{
	size_t payload =
		(size_t)amqp_get_frame_max(link->state) - FRAME_OVERHEAD;
	const int one = 1;

	if (length % payload == 0)
		(void)setsockopt(watchdog_socket(link->watch), IPPROTO_TCP,
				 TCP_NODELAY, &one, sizeof(one));
}

static int send_publication(struct amqp_link *link,
			    const struct amqp_publication *what)
{
	const amqp_bytes_t body = { what->length, (void *)what->body };
	amqp_table_entry_t entries[HEADERS_MAX];
	amqp_basic_properties_t properties;
	int status;

	set_properties(what, entries, &properties);
	watchdog_arm(link->watch, AMQP_CALL_MS);
	status = amqp_basic_publish(
		link->state, AMQP_CHANNEL, amqp_text(what->exchange),
		amqp_text(what->routing_key), true, false, &properties, body);
	watchdog_disarm(link->watch);
	return status;
}

enum fault amqp_link_publish(struct amqp_link *link,
			     const struct amqp_publication *what,
			     uint64_t *sequence_r, struct error *error)
{
	enum fault fault;

	if (what->header_count > HEADERS_MAX)
		return error_set(error, FAULT_BUG, 0, "more than %d headers",
				 HEADERS_MAX);
	/* Directly before: once the broker's heartbeat is overdue, publishing
	 * waits for it without limit (rabbitmq-c 0.11); reading does not. */
	fault = drain(link, error);
	if (fault != FAULT_NONE)
		return fault;
	if (link->blocked)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the broker takes no messages now: it is short"
				 " of memory or disk");
	fault = amqp_link_check(link, send_publication(link, what),
				"publishing", error);
	if (fault != FAULT_NONE)
		return fault;
	push_full_frame(link, what->length);
	*sequence_r = ++link->published;
	return FAULT_NONE;
}

struct waiting {
	uint64_t sequence;
	bool returned, acked, nacked;
};

static void note_answer(void *context, const struct amqp_notice *notice)
{
	struct waiting *waiting = context;
	bool ours = notice->sequence == waiting->sequence ||
		    (notice->multiple && notice->sequence > waiting->sequence);

	/* One publication is under way at a time, so a return is its. */
	if (notice->kind == AMQP_RETURN)
		waiting->returned = true;
	else if (notice->kind == AMQP_ACK && ours)
		waiting->acked = true;
	else if (notice->kind == AMQP_NACK && ours)
		waiting->nacked = true;
}

enum fault amqp_link_publish_wait(struct amqp_link *link,
				  const struct amqp_publication *what,
				  int timeout_ms, struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	struct waiting waiting = { 0 };
	enum fault fault;

	fault = amqp_link_publish(link, what, &waiting.sequence, error);
	if (fault != FAULT_NONE)
		return fault;
	while (!waiting.acked && !waiting.nacked) {
		int64_t left = deadline - clock_monotonic_ms();

		if (left <= 0)
			return amqp_link_fail(link, error, FAULT_UNSURE,
					      "no confirm within %d ms",
					      timeout_ms);
		fault = amqp_link_read_notices(link, (int)left, note_answer,
					       &waiting, error);
		if (fault != FAULT_NONE && !waiting.acked && !waiting.nacked) {
			if (error)
				error->fault = FAULT_UNSURE;
			return FAULT_UNSURE;
		}
	}
	if (waiting.nacked)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "the broker refused the message (nack)");
	if (waiting.returned)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "no queue is bound to %s for %s",
				 what->exchange, what->routing_key);
	return FAULT_NONE;
}
