#include <string.h>

#include "common/clock.h"
#include "common/consumer_private.h"
#include "common/log.h"
#include "common/metrics.h"

/* Of one batch's dead letters, so many have a log line each. */
#define LETTERS_TOLD 10

bool consumer_work_waits(const struct consumer *consumer)
{
	return consumer->batch.count > 0 || consumer->inflight.uncut != NULL;
}

enum fault consumer_ack(struct consumer *consumer, struct error *error)
{
	enum fault fault = FAULT_NONE;
	uint64_t tag;
	bool multiple;

	while (fault == FAULT_NONE &&
	       inflight_next_ack(&consumer->inflight, &tag, &multiple))
		fault = amqp_link_ack(consumer->link, tag, multiple, error);
	return fault;
}

/* ---- dead letters ---- */

/* Another id under a promised number is what must never happen. */
static enum log_level weight(const struct dead_letter *letter)
{
	return strcmp(letter->reason, REASON_COLLISION) == 0 ? LOG_ERROR
							     : LOG_WARNING;
}

static void tell_letter(const struct dead_letter *letter, const char *queue)
{
	const struct event *event = letter->event;
	char id[UUID_TEXT_SIZE] = "";
	struct consumer_ids ids;

	if (!event) {
		log_event(weight(letter), "dead_letter",
			  LOG_TEXT("queue", queue),
			  LOG_TEXT("reason", letter->reason),
			  LOG_TEXT("detail", letter->detail),
			  LOG_NUMBER("bytes", letter->length));
		return;
	}
	uuid_format(&event->id, id);
	consumer_read_ids(event, &ids);
	log_event(weight(letter), "dead_letter", LOG_TEXT("queue", queue),
		  LOG_TEXT("reason", letter->reason),
		  LOG_TEXT("detail", letter->detail),
		  LOG_TEXT("type", event_type_name(event->type)),
		  LOG_TEXT("id", id),
		  LOG_NUMBER("application", event->application_id),
		  LOG_NUMBER("chat", event->chat_number),
		  LOG_NUMBER("number", event->number),
		  LOG_NUMBER("generation", event->generation),
		  LOG_TEXT(*ids.request ? "request" : NULL, ids.request),
		  LOG_TEXT(*ids.trace ? "trace" : NULL, ids.trace));
}

static void tell_letters(struct consumer *consumer, size_t n)
{
	const char *queue = consumer->sink->queue;

	for (size_t i = 0; i < n; i++) {
		metrics_count_dead_letter(queue, consumer->letters[i]->reason);
		if (i < LETTERS_TOLD)
			tell_letter(consumer->letters[i], queue);
	}
	if (n > LETTERS_TOLD)
		log_event(LOG_WARNING, "dead_letters", LOG_TEXT("queue", queue),
			  LOG_NUMBER("more", n - LETTERS_TOLD));
}

/* False when some have to be tried again later. */
static bool bury(struct consumer *consumer)
{
	struct error error = ERROR_INIT;
	size_t done = 0;
	size_t n = batch_condemned(&consumer->batch, consumer->letters,
				   consumer->batch.max_events);
	enum fault fault;

	if (n == 0)
		return true;
	fault = dead_letters_record(consumer->dead, consumer->letters, n, &done,
				    &error);
	tell_letters(consumer, done);
	batch_bury(&consumer->batch, done);
	if (fault != FAULT_NONE) {
		trouble_note(&consumer->burial, LOG_ERROR, &error);
		return false;
	}
	trouble_end(&consumer->burial, "dead_letters_back");
	if (error.fault != FAULT_NONE)
		log_event(LOG_ERROR, "dead_letter_without_row",
			  LOG_TEXT("reason", error.text));
	return true;
}

/* ---- writing ---- */

/* False when some have to be tried again later. */
static bool write_batch(struct consumer *consumer)
{
	struct error error = ERROR_INIT;
	struct batch_result result = { 0 };
	int64_t started = clock_monotonic_us();
	enum fault fault =
		batch_fill(&consumer->batch, &consumer->inflight, &error);

	if (fault == FAULT_NONE)
		fault = batch_write(&consumer->batch, consumer->sink, &result,
				    &error);
	consumer_count_offer(&consumer->batch, &result,
			     clock_monotonic_us() - started);
	consumer_tell_settled(consumer, &result);
	if (fault == FAULT_BUG || error.fault == FAULT_BUG) {
		log_event(LOG_ERROR, "bug", LOG_TEXT("reason", error.text));
		consumer->bug = true;
		return false;
	}
	/* A store that took a part of it is alive: no long wait. */
	if (result.settled > 0)
		backoff_reset(&consumer->write_backoff);
	if (fault != FAULT_NONE || result.again > 0) {
		trouble_note(&consumer->store, LOG_WARNING, &error);
		return false;
	}
	if (result.offered > 0)
		trouble_end(&consumer->store, "store_back");
	return true;
}

void consumer_work(struct consumer *consumer)
{
	bool written = write_batch(consumer);
	bool buried;

	if (consumer->bug)
		return;
	buried = bury(consumer);
	batch_settle(&consumer->batch);
	consumer->failing = !written || !buried;
	if (!consumer->failing) {
		backoff_reset(&consumer->write_backoff);
		consumer->write_at = 0;
		return;
	}
	consumer->write_at =
		clock_monotonic_ms() + backoff_next(&consumer->write_backoff);
}
