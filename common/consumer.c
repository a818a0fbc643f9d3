#include "common/consumer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/consumer_private.h"
#include "common/log.h"

/* The longest sleep, so that a stop that came between two looks is seen. */
#define WAIT_MS 500
/* From the signal until it leaves with what is in hand unacknowledged. */
#define STOP_MS 8000

static atomic_bool ready;
/* For consumer_hands_empty(), which a sink calls from inside the loop. */
static struct consumer *running;

bool consumer_ready(void)
{
	return atomic_load(&ready);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---- signals ---- */

static volatile sig_atomic_t stop_flag;

static void note_signal(int signal)
{
	(void)signal;
	if (stop_flag)
		_exit(EXIT_TEMPORARY);
	stop_flag = 1;
}

volatile sig_atomic_t *consumer_catch_signals(void)
{
	/* No SA_RESTART: a wait is to end. */
	struct sigaction action = { .sa_handler = note_signal };

	sigemptyset(&action.sa_mask);
	/* These fail for bad arguments only. */
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, NULL);
	return &stop_flag;
}

/* ---- the connection ---- */

/* What is in hand goes back to the queue with the connection. */
static void disconnect(struct consumer *consumer)
{
	amqp_link_free(&consumer->link);
	batch_clear(&consumer->batch);
	inflight_clear(&consumer->inflight);
	consumer_count_connection(false);
}

static void lose(struct consumer *consumer, const struct error *error)
{
	trouble_note(&consumer->broker, LOG_WARNING, error);
	disconnect(consumer);
	consumer->connect_at =
		clock_monotonic_ms() + backoff_next(&consumer->connect_backoff);
}

static enum fault open_link(struct consumer *consumer, struct error *error)
{
	char name[80];
	enum fault fault;

	snprintf(name, sizeof(name), "confab-%s: reads %s",
		 consumer->sink->name, consumer->sink->queue);
	fault = amqp_link_new(consumer->settings->rabbitmq_url, name,
			      &consumer->link, error);
	if (fault != FAULT_NONE)
		return fault;
	return amqp_link_consume(consumer->link, consumer->sink->queue,
				 consumer->settings->prefetch, error);
}

static void connect_when_due(struct consumer *consumer)
{
	struct error error = ERROR_INIT;

	if (consumer->link || consumer->away || consumer->stop_at ||
	    clock_monotonic_ms() < consumer->connect_at)
		return;
	if (open_link(consumer, &error) != FAULT_NONE) {
		lose(consumer, &error);
		return;
	}
	trouble_end(&consumer->broker, "broker_back");
	backoff_reset(&consumer->connect_backoff);
	consumer_count_connection(true);
	consumer->heard_at = clock_monotonic_ms();
	consumer->passed_over = false;
	log_event(LOG_INFO, "consuming",
		  LOG_TEXT("queue", consumer->sink->queue),
		  LOG_NUMBER("prefetch", consumer->settings->prefetch));
}

/* Takes all that has arrived; waits at most `timeout_ms` for the first. */
static enum fault receive(struct consumer *consumer, int timeout_ms,
			  struct error *error)
{
	struct amqp_delivery *delivery;
	enum fault fault;

	for (;;) {
		fault = amqp_link_receive(consumer->link, timeout_ms, &delivery,
					  error);
		if (fault != FAULT_NONE || !delivery)
			return fault;
		consumer_count_delivery(delivery);
		consumer->heard_at = clock_monotonic_ms();
		consumer->passed_over = false;
		if (!inflight_add(&consumer->inflight, &delivery)) {
			amqp_delivery_free(&delivery);
			return error_set(error, FAULT_TEMPORARY, 0,
					 "out of memory");
		}
		timeout_ms = 0;
	}
}

bool consumer_hands_empty(void)
{
	struct error error = ERROR_INIT;
	enum fault fault;

	if (!running || !running->link)
		return false;
	fault = amqp_link_sync(running->link, &error);
	if (fault == FAULT_NONE)
		fault = receive(running, 0, &error);
	if (fault != FAULT_NONE) {
		lose(running, &error);
		return false;
	}
	return running->inflight.count == 0;
}

/* ---- the loop ---- */

static void tick_when_due(struct consumer *consumer)
{
	const struct sink *sink = consumer->sink;
	struct error error = ERROR_INIT;
	bool away;

	dead_letters_tend(consumer->dead);
	if (!sink->tick || consumer->stop_at ||
	    clock_monotonic_ms() < consumer->tick_at)
		return;
	if (sink->tick(sink->context, &error) == FAULT_NONE)
		trouble_end(&consumer->tick, "tick_back");
	else
		trouble_note(&consumer->tick, LOG_WARNING, &error);
	consumer->tick_at = clock_monotonic_ms() + sink->tick_ms;
	away = sink->stay_away && sink->stay_away(sink->context);
	if (away && !consumer->away) {
		log_event(LOG_INFO, "standing_aside",
			  LOG_TEXT("queue", sink->queue));
		disconnect(consumer);
	}
	consumer->away = away;
}

static int64_t wait_ms(const struct consumer *consumer)
{
	int64_t until = clock_monotonic_ms() + WAIT_MS;

	if (consumer->sink->tick && !consumer->stop_at)
		until = least(until, consumer->tick_at);
	if (!consumer->link && !consumer->away)
		until = least(until, consumer->connect_at);
	if (consumer->link && consumer_work_waits(consumer))
		until = least(until, consumer->write_at);
	until -= clock_monotonic_ms();
	return until > 0 ? until : 0;
}

static void set_ready(const struct consumer *consumer)
{
	bool now = consumer->link && !consumer->failing &&
		   consumer->tick.times == 0 && !consumer->stop_at;

	atomic_store(&ready, now);
	consumer_gauge_ready(now);
}

static void turn(struct consumer *consumer)
{
	struct error error = ERROR_INIT;
	enum fault fault;

	tick_when_due(consumer);
	connect_when_due(consumer);
	if (!consumer->link) {
		set_ready(consumer);
		clock_sleep_ms(wait_ms(consumer));
		return;
	}
	fault = receive(consumer, (int)wait_ms(consumer), &error);
	if (fault == FAULT_NONE && consumer_work_waits(consumer) &&
	    clock_monotonic_ms() >= consumer->write_at) {
		consumer_work(consumer);
		if (!consumer->bug)
			fault = consumer_ack(consumer, &error);
	}
	if (fault == FAULT_NONE && !consumer->stop_at)
		fault = consumer_look(consumer, &error);
	if (fault != FAULT_NONE)
		lose(consumer, &error);
	consumer_gauge_hand(&consumer->inflight);
	set_ready(consumer);
}

static void begin_stop(struct consumer *consumer)
{
	struct error error = ERROR_INIT;

	consumer->stop_at = clock_monotonic_ms();
	log_event(LOG_INFO, "stopping",
		  LOG_NUMBER("in_hand", consumer->inflight.count));
	if (consumer->link &&
	    amqp_link_cancel(consumer->link, &error) != FAULT_NONE)
		lose(consumer, &error);
}

static bool finished(const struct consumer *consumer)
{
	if (consumer->bug)
		return true;
	if (!consumer->stop_at)
		return false;
	/* A store that fails now is not tried again: what is in hand goes back
	 * to the queue. */
	return !consumer->link || consumer->failing ||
	       clock_monotonic_ms() - consumer->stop_at >= STOP_MS;
}

static void run(struct consumer *consumer, volatile sig_atomic_t *stop)
{
	while (!finished(consumer)) {
		if (*stop && !consumer->stop_at)
			begin_stop(consumer);
		turn(consumer);
		if (consumer->stop_at && consumer->inflight.count == 0)
			break;
	}
}

static bool init(struct consumer *consumer)
{
	size_t events = consumer->sink->batch_events;

	consumer->dead = dead_letters_new(consumer->settings->rabbitmq_url,
					  consumer->sink->queue,
					  consumer->settings->sql);
	consumer->letters = calloc(events, sizeof(struct dead_letter *));
	return batch_init(&consumer->batch, events,
			  consumer->sink->batch_bytes) &&
	       consumer->dead && consumer->letters;
}

static void release(struct consumer *consumer)
{
	disconnect(consumer);
	batch_release(&consumer->batch);
	dead_letters_free(&consumer->dead);
	free(consumer->letters);
}

int consumer_run(const struct sink *sink,
		 const struct consumer_settings *settings,
		 volatile sig_atomic_t *stop)
{
	struct consumer consumer = {
		.sink = sink,
		.settings = settings,
		.broker.event = "broker_away",
		.store.event = "store_away",
		.burial.event = "dead_letters_away",
		.tick.event = "tick_failed",
	};
	int code = EXIT_TEMPORARY;

	if (init(&consumer)) {
		running = &consumer;
		run(&consumer, stop);
		running = NULL;
		if (!consumer.bug)
			code = EXIT_STOPPED;
		log_event(LOG_INFO, "stopped",
			  LOG_NUMBER("left_in_hand", consumer.inflight.count));
	} else {
		log_event(LOG_ERROR, "no_memory");
	}
	atomic_store(&ready, false);
	release(&consumer);
	return code;
}
