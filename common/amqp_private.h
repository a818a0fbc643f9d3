#ifndef CONFAB_COMMON_AMQP_PRIVATE_H
#define CONFAB_COMMON_AMQP_PRIVATE_H

#include <amqp.h>

#include "common/amqp.h"
#include "common/watchdog.h"

/* What amqp.c and its parts (amqp_*.c) share. */

#define AMQP_CHANNEL 1
/* The longest that any one call into the library may take. */
#define AMQP_CALL_MS (2 * AMQP_HEARTBEAT_S * 1000)
/* For the broker to answer what says goodbye. */
#define AMQP_CLOSE_S 2

/* Content comes as method, header and body frames; what is still to come. */
enum amqp_part { PART_NONE, PART_RETURN, PART_DELIVERY };

struct amqp_link {
	amqp_connection_state_t state;
	struct watch *watch;
	const char *distrust; /* of the server's certificate, or NULL */
	char name[160];	      /* in the management UI */
	bool gone;	      /* `error` says why */
	bool blocked;
	struct error error;

	enum amqp_part part;
	bool header_seen;
	uint64_t missing; /* bytes of the body that are still to come */
	struct amqp_notice returned;
	struct amqp_delivery *delivery;

	/* publishing */
	uint64_t published;
	int64_t refused_since_ms;    /* the first nack since an ack, 0: none */
	struct amqp_notice *notices; /* read, not yet given out */
	size_t notice_count, notice_capacity;

	/* consuming */
	uint16_t prefetch;
	char consumer_tag[128];
};

/* Marks the link as gone, with its reason, and ends the connection. */
enum fault amqp_link_fail(struct amqp_link *link, struct error *error,
			  enum fault fault, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for a status of the library, 0 and above meaning no failure. */
MUST_CHECK enum fault amqp_link_check(struct amqp_link *link, int status,
				      const char *doing, struct error *error);
/* The same for what an RPC gave. `*code_r` (may be NULL) is the broker's reply
 * code, 0 if it sent none. */
MUST_CHECK enum fault amqp_link_check_rpc(struct amqp_link *link,
					  amqp_rpc_reply_t reply,
					  const char *doing, int *code_r,
					  struct error *error);
/* The same in the broker's own words. */
MUST_CHECK enum fault amqp_link_closed(struct amqp_link *link,
				       const char *doing, uint16_t code,
				       amqp_bytes_t words, struct error *error);
/* FAULT_NONE while the link is good, else its reason again. */
MUST_CHECK enum fault amqp_link_good(const struct amqp_link *link,
				     struct error *error);

/* Socket, TLS, login, channel: fills `link`, which is empty. */
MUST_CHECK enum fault amqp_link_open(struct amqp_link *link, const char *url,
				     const char *name, struct error *error);

enum amqp_step {
	STEP_IDLE,    /* nothing has arrived */
	STEP_PART,    /* a frame that completes nothing */
	STEP_NOTICE,  /* *notice_r */
	STEP_DELIVERY /* link->delivery is complete; take it */
};

/* Reads one frame if one has arrived. */
MUST_CHECK enum fault amqp_link_step(struct amqp_link *link,
				     enum amqp_step *step_r,
				     struct amqp_notice *notice_r,
				     struct error *error);
/* Waits until the socket has something, but never so long that a heartbeat
 * would be late: call amqp_link_step() again. False: a signal came. */
bool amqp_link_wait(const struct amqp_link *link, int64_t timeout_ms);

amqp_bytes_t amqp_text(const char *text);
/* Copies as much as fits, NUL-terminated. */
void amqp_copy_text(char *out, size_t size, amqp_bytes_t bytes);

#endif
