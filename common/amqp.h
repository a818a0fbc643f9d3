#ifndef CONFAB_COMMON_AMQP_H
#define CONFAB_COMMON_AMQP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/fault.h"
#include "common/uuid.h"

/*
 * AMQP 0-9-1 on rabbitmq-c: one connection with one channel, used by one
 * thread. A link either publishes or consumes, never both. After an error the
 * link is gone (each further call gives the same error): amqp_link_free() and
 * a new one. No call lasts longer than two heartbeats: a watchdog thread per
 * process shuts the socket down under a call that does.
 *
 * Heartbeats are sent and looked for inside these calls only. Whoever holds a
 * link calls amqp_link_read_notices() or amqp_link_receive() every few
 * seconds, also when there is nothing to do. The process ignores SIGPIPE.
 */
struct amqp_link;

#define AMQP_HEARTBEAT_S 10

#define AMQP_EXCHANGE_EVENTS "confab.events"
#define AMQP_EXCHANGE_DEAD "confab.dead"
#define AMQP_QUEUE_PERSIST "confab.persist"
#define AMQP_QUEUE_INDEX "confab.index"
#define AMQP_QUEUE_COUNT "confab.count"
#define AMQP_QUEUE_DEAD "confab.dead"
#define AMQP_HEADER_REASON "x-confab-reason"
#define AMQP_HEADER_QUEUE "x-confab-queue"

/* A message's bytes at the most, so that a full prefetch stays small. One
 * event that is larger travels alone. */
#define AMQP_MESSAGE_BYTES (128u * 1024u)

/*
 * Connects, logs in, opens the channel. `name` says who it is and what for:
 * with the host and the pid, it shows in the management UI as the name of the
 * connection, and of the consumer.
 * `url` is amqp[s]://user:password@host:port/vhost; amqps trusts the
 * certificates in the file that SSL_CERT_FILE names, else the system's, and
 * wants the server's to match the host name. FAULT_PERMANENT for a URL that
 * cannot be parsed, FAULT_TEMPORARY for all else, a refused login included.
 */
MUST_CHECK enum fault amqp_link_new(const char *url, const char *name,
				    struct amqp_link **link_r,
				    struct error *error);
/* Closes politely when the link is healthy, else just drops it. */
void amqp_link_free(struct amqp_link **link);
/* For poll(2), which says nothing about what the library has read already:
 * call amqp_link_read_notices() with timeout 0 before each poll. */
int amqp_link_socket(const struct amqp_link *link);

/* ---- publishing ---- */

/* confirm.select; sequence numbers then start at 1. */
MUST_CHECK enum fault amqp_link_confirm_select(struct amqp_link *link,
					       struct error *error);

struct amqp_header {
	const char *name;
	const char *text;
};

struct amqp_publication {
	const char *exchange;
	const char *routing_key;
	const char *content_type;
	const char *message_id; /* NUL-terminated, or NULL */
	const void *body;
	size_t length;
	const struct amqp_header *headers;
	size_t header_count;
};

/*
 * Publishes mandatory and persistent. FAULT_NONE means that the bytes were
 * handed to the kernel, and only the confirm means more. FAULT_TEMPORARY means
 * that the broker cannot have taken this one (the last byte never left).
 * `*sequence_r` is its confirm number. Keep the bytes that are not confirmed
 * under AMQP_UNCONFIRMED_BYTES, so that an alarm is read before the socket's
 * buffers are full. While amqp_link_blocked(), it refuses with
 * FAULT_TEMPORARY and the link stays good.
 *
 * What arrives is read before each publish and kept for the next
 * amqp_link_read_notices(), also when this one failed.
 */
#define AMQP_UNCONFIRMED_BYTES (512u * 1024u)
MUST_CHECK enum fault amqp_link_publish(struct amqp_link *link,
					const struct amqp_publication *what,
					uint64_t *sequence_r,
					struct error *error);

/* What the broker said. Confirms come in any order. */
enum amqp_notice_kind {
	AMQP_ACK,
	AMQP_NACK,
	AMQP_RETURN,  /* no queue took it; its AMQP_ACK follows all the same */
	AMQP_BLOCKED, /* memory or disk alarm: publish nothing now */
	AMQP_UNBLOCKED
};

struct amqp_notice {
	enum amqp_notice_kind kind;
	bool multiple;	     /* ack, nack: all up to and with `sequence` */
	uint64_t sequence;   /* ack, nack */
	char message_id[64]; /* return; cut if longer */
};

/*
 * Reads all that has arrived, at most `timeout_ms` waiting for the first
 * notice (0: none; a signal ends the wait). Calls `notice` for each.
 * FAULT_TEMPORARY when the link is gone (also by the first nack after 5 s of
 * nothing but nacks); what came before that, this call has given out all the
 * same. `notice` must not use the link.
 */
MUST_CHECK enum fault amqp_link_read_notices(
	struct amqp_link *link, int timeout_ms,
	void (*notice)(void *context, const struct amqp_notice *notice),
	void *context, struct error *error);

/* True from AMQP_BLOCKED to AMQP_UNBLOCKED. */
bool amqp_link_blocked(const struct amqp_link *link);

/* Publishes and waits for the confirm, at most `timeout_ms`. A return or a
 * nack is FAULT_TEMPORARY and leaves the link good; no answer in time or a
 * lost link is FAULT_UNSURE and the link is gone. Not to be mixed with
 * amqp_link_publish() on one link. */
MUST_CHECK enum fault
amqp_link_publish_wait(struct amqp_link *link,
		       const struct amqp_publication *what, int timeout_ms,
		       struct error *error);

/* ---- consuming ---- */

struct amqp_delivery {
	uint64_t tag;
	bool redelivered;
	char *body; /* owned by the delivery */
	size_t length;
	char routing_key[64];
};

MUST_CHECK enum fault amqp_link_consume(struct amqp_link *link,
					const char *queue, uint16_t prefetch,
					struct error *error);
/*
 * Waits at most `timeout_ms` for a delivery; *delivery_r is NULL if none came
 * or a signal ended the wait. Free it with amqp_delivery_free(). A queue that
 * is deleted under its consumer is FAULT_TEMPORARY.
 */
MUST_CHECK enum fault amqp_link_receive(struct amqp_link *link, int timeout_ms,
					struct amqp_delivery **delivery_r,
					struct error *error);
void amqp_delivery_free(struct amqp_delivery **delivery);
MUST_CHECK enum fault amqp_link_ack(struct amqp_link *link, uint64_t tag,
				    bool multiple, struct error *error);
/* Asks the broker for an answer through the channel: whatever it sent before
 * is here when this returns, and amqp_link_receive() with timeout 0 gives all
 * of it. */
MUST_CHECK enum fault amqp_link_sync(struct amqp_link *link,
				     struct error *error);
/* basic.cancel, at a moment when nothing seems to be on its way (waits for it,
 * 2 s at most): no further deliveries; what came already is still received and
 * can be acknowledged. */
MUST_CHECK enum fault amqp_link_cancel(struct amqp_link *link,
				       struct error *error);

/* ---- looking ---- */

/* Passive declare: FAULT_PERMANENT when there is no such queue (the link is
 * gone then). Ready messages only, not those that consumers hold. A quorum
 * queue whose leader does not answer shows as 0 ready and 0 consumers, so no
 * count means anything beside 0 consumers. */
MUST_CHECK enum fault amqp_link_queue_depth(struct amqp_link *link,
					    const char *queue,
					    uint32_t *ready_r,
					    uint32_t *consumers_r,
					    struct error *error);
/* Passive declare: FAULT_PERMANENT when there is no such exchange (the link is
 * gone then). */
MUST_CHECK enum fault amqp_link_find_exchange(struct amqp_link *link,
					      const char *exchange,
					      struct error *error);

#endif
