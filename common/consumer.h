#ifndef CONFAB_COMMON_CONSUMER_H
#define CONFAB_COMMON_CONSUMER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/metrics.h"
#include "common/sql.h"

/*
 * The loop that all three workers share: connect, prefetch, collect a batch,
 * give it to the sink, then acknowledge, retry or dead-letter each event by
 * its verdict; reconnect with backoff; drain on SIGTERM. Single-threaded. It
 * is the layer that decides, so it logs.
 *
 * A delivery (one AMQP message with up to some hundred events) is acknowledged
 * when each of its events is settled: stored, or stored as a dead letter.
 * Events with a temporary fault stay in hand and are given to the sink again
 * after a backoff; the connection is served meanwhile, so that the broker
 * keeps it. Nothing is ever put back because a store is away. When a fault
 * speaks for a whole batch, the next one is half as large, down to one event,
 * and grows again with each success.
 *
 * A batch waits for nothing: what has arrived when the sink is free is the
 * next one, so an idle system writes single events at once and a busy one
 * writes full batches.
 *
 * Memory, with M = prefetch, N = batch_events, B = batch_bytes:
 *   M x 128 KiB  bodies in hand, at the very most (AMQP_MESSAGE_BYTES)
 *   N x 400 B    decoded events and verdicts
 *   B            scratch for texts with escapes (touched only by those)
 *   0.5 MiB      buffers of the AMQP library
 * With M 64 and messages as the API makes them under full load (256 events of
 * 100 characters, some 75 KiB) that is 4.7 + 0.4 + 0.5 MiB, to which the sink
 * adds its own. Messages that others publish in larger pieces cost more, up to
 * M times the size that the broker lets through.
 *
 * One write() should take less than 10 s: the broker gives up on a connection
 * after 20 s of silence and delivers everything again.
 */
struct verdict {
	enum fault fault;   /* NONE: stored. TEMPORARY, UNSURE: again later.
			     * PERMANENT: dead-letter. BUG: stop. */
	const char *reason; /* of PERMANENT: a word of the vocabulary below */
	char detail[160];   /* a sentence for people; no body in it */
};

/* `detail` is cut where it does not fit, at a character. `reason` lasts as
 * long as the process; NULL unless FAULT_PERMANENT. */
void verdict_set(struct verdict *verdict, enum fault fault, const char *reason,
		 const char *detail);

/* The vocabulary of x-confab-reason. */
#define REASON_MALFORMED "malformed" /* not an event of ours */
#define REASON_REJECTED "rejected"   /* the store refused it for good */
/* The number belongs to another id, or to a generation that is over. */
#define REASON_COLLISION "collision"

struct sink {
	const char *name; /* "persister": for logs */
	const char *queue;
	void *context;
	/*
	 * Stores n >= 1 events (not all need to be of interest: settle those
	 * with FAULT_NONE). Sets each verdicts[i] (they come as FAULT_NONE).
	 * Returns FAULT_NONE when the verdicts hold; any other fault speaks
	 * for the whole batch (its verdicts are not looked at) and puts its
	 * sentence into *error.
	 */
	enum fault (*write)(void *context, const struct event *const *events,
			    size_t n, struct verdict *verdicts,
			    struct error *error);
	/* Called about every tick_ms while idle or busy; may be NULL. Its
	 * fault is logged on change and otherwise ignored. */
	enum fault (*tick)(void *context, struct error *error);
	int tick_ms;
	/*
	 * Asked after each tick; may be NULL. While it is true, the consumer
	 * has no connection: what was in hand goes back to the queue, and
	 * ticks go on.
	 */
	bool (*stay_away)(void *context);
	/* What it does something for, a bit (1u << type) each; the others are
	 * settled and not told of. */
	unsigned types;
	const char *done;    /* "stored": for logs */
	size_t batch_events; /* at most so many to one write() */
	size_t batch_bytes;  /* of their lines; a longer one comes alone */
};

struct consumer_settings {
	const char *rabbitmq_url;
	uint16_t prefetch;	   /* AMQP messages */
	struct sql *sql;	   /* for the dead_letters table; its own or the
				    * sink's; NULL: the queue alone records them */
	struct progress *progress; /* NULL: nobody is told */
};

/*
 * SIGTERM and SIGINT set the flag that is returned; a second one ends the
 * process at once. SIGPIPE is ignored. For mains, before any thread.
 */
volatile sig_atomic_t *consumer_catch_signals(void);

/*
 * Runs until *stop is set by a signal handler and what is in hand is settled,
 * or a store is away, or 8 s have passed. Returns an exit code. One consumer
 * per process at a time.
 */
int consumer_run(const struct sink *sink,
		 const struct consumer_settings *settings,
		 volatile sig_atomic_t *stop);

/* True while consuming and the last write and tick succeeded: for /ready. Any
 * thread. */
bool consumer_ready(void);

/*
 * For a tick. True when the broker had sent nothing to this consumer, at some
 * moment after the call began, that is not acknowledged by now: asks through
 * the consuming channel and reads all that comes before the answer. False when
 * it is not connected.
 */
bool consumer_hands_empty(void);
/* Deliveries received since the start. */
uint64_t consumer_deliveries(void);

/* The families that every worker has; a NULL name ends the table. */
extern const struct metric_family consumer_metrics[];
/* They, as those of `queue`, and the program's own (ended by a NULL name, or
 * NULL) in one table, for metrics_server_new(). free() it; NULL when memory is
 * out. */
struct metric_family *consumer_metrics_with(const char *queue,
					    const struct metric_family *own);

#endif
