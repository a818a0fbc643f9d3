#include <inttypes.h>
#include <stdio.h>

#include "common/amqp.h"
#include "common/clock.h"
#include "ctl/broker.h"
#include "ctl/console.h"
#include "ctl/ctl.h"
#include "ctl/interrupt.h"
#include "ctl/progress_bar.h"
#include "ctl/promises.h"

#define POLL_MS 200
/* A recovery of the numbers takes some seconds, and as long as the queue needs
 * to drain. */
#define RECOVERY_MS 60000
/* Without any number that comes to a row. */
#define PATIENCE_MS 60000
/* More than twice what the broker's figures of held messages are old. */
#define QUIET_MS 12000
#define ASK_MS 1000
/* A persister that was restarted consumes again by then. */
#define NO_CONSUMER_MS 15000

struct waiting {
	struct amqp_link *link;
	int64_t started_ms, moved_ms;
	int64_t consumed_ms; /* when a persister was last seen */
	int64_t empty_ms;    /* when nothing was ready first; 0: never */
	int64_t quiet_ms;    /* since when nothing is, nor held; 0: it is */
	int64_t asked_ms;    /* the management */
	uint64_t open, least;
};

/* ---- reading ---- */

static enum fault read_all(struct ctl *ctl, struct promises *promises,
			   struct error *error)
{
	int64_t deadline = clock_monotonic_ms() + RECOVERY_MS;
	bool said = false;
	enum fault fault;

	for (;;) {
		fault = promises_read(ctl, promises, error);
		if (fault != FAULT_TEMPORARY || interrupted() ||
		    clock_monotonic_ms() >= deadline)
			return fault;
		if (!said)
			console_error("trying for %d s: %s", RECOVERY_MS / 1000,
				      error->text);
		said = true;
		promises_release(promises);
		clock_sleep_ms(POLL_MS);
	}
}

/* ---- waiting ---- */

/* Ready messages are exact; what consumers hold is not counted. */
static enum fault look_at_queue(struct ctl *ctl, struct waiting *waiting,
				struct error *error)
{
	uint32_t ready = 0, consumers = 0;
	int64_t now = clock_monotonic_ms();
	enum fault fault = FAULT_NONE;

	if (waiting->link == NULL)
		fault = amqp_link_new(ctl->settings->rabbitmq_url, "confabctl",
				      &waiting->link, error);
	if (fault == FAULT_NONE)
		fault = amqp_link_queue_depth(waiting->link, AMQP_QUEUE_PERSIST,
					      &ready, &consumers, error);
	if (fault != FAULT_NONE) {
		amqp_link_free(&waiting->link);
		return fault;
	}
	if (consumers > 0)
		waiting->consumed_ms = now;
	if (consumers > 0 && ready == 0 && waiting->empty_ms == 0)
		waiting->empty_ms = now;
	if (consumers == 0 || ready > 0)
		waiting->quiet_ms = 0;
	else if (waiting->quiet_ms == 0)
		waiting->quiet_ms = now;
	return FAULT_NONE;
}

/* Whether persisters hold something, which the queue itself does not tell. No
 * management that answers: nobody knows. */
static void look_at_hands(struct ctl *ctl, struct waiting *waiting)
{
	struct broker_queue queues[BROKER_QUEUES];
	struct error ignored = ERROR_INIT;
	int64_t now = clock_monotonic_ms();
	bool known;

	if (now - waiting->asked_ms < ASK_MS)
		return;
	waiting->asked_ms = now;
	known = ctl->settings->rabbitmq_management_url[0] != '\0' &&
		broker_queues(ctl, queues, &ignored) == FAULT_NONE;
	if (!known || queues[BROKER_PERSIST].unacknowledged > 0)
		waiting->quiet_ms = 0;
}

static enum fault give_up(const struct waiting *waiting, struct error *error)
{
	int64_t now = clock_monotonic_ms();

	if (now - waiting->consumed_ms >= NO_CONSUMER_MS)
		return error_set(error, FAULT_TEMPORARY, 0,
				 "%" PRIu64 " accepted numbers are not stored "
				 "and no persister runs; start one and try "
				 "again",
				 waiting->open);
	return error_set(error, FAULT_TEMPORARY, 0,
			 "%" PRIu64 " accepted numbers are not stored, and "
			 "nothing moved for %d s; see confabctl queues and the "
			 "persisters' logs, then try again",
			 waiting->open, PATIENCE_MS / 1000);
}

/* Nobody has it, or all that was in the queue was handed out a minute ago, and
 * what is missing has not come: it was never published. */
static bool only_holes(const struct waiting *waiting)
{
	int64_t now = clock_monotonic_ms();

	if (waiting->quiet_ms != 0 && now - waiting->quiet_ms >= QUIET_MS)
		return true;
	return waiting->empty_ms != 0 &&
	       now - waiting->empty_ms >= PATIENCE_MS &&
	       now - waiting->moved_ms >= PATIENCE_MS;
}

static bool is_over(const struct waiting *waiting)
{
	int64_t now = clock_monotonic_ms();
	int64_t since = waiting->moved_ms > waiting->empty_ms
				? waiting->moved_ms
				: waiting->empty_ms;

	return now - waiting->consumed_ms >= NO_CONSUMER_MS ||
	       now - since >= PATIENCE_MS + POLL_MS;
}

static void note(struct waiting *waiting)
{
	if (waiting->open >= waiting->least)
		return;
	waiting->least = waiting->open;
	waiting->moved_ms = clock_monotonic_ms();
}

static enum fault wait_for(struct ctl *ctl, struct promises *promises,
			   struct waiting *waiting, struct error *error)
{
	struct progress_bar progress;
	uint64_t total;
	enum fault fault = promises_look(ctl, promises, &waiting->open, error);

	total = waiting->least = waiting->open;
	if (fault == FAULT_NONE && total > 0)
		fprintf(stderr,
			"%" PRIu64 " accepted numbers are not stored yet\n",
			total);
	progress_bar_start(&progress, "storing what was accepted", total);
	while (fault == FAULT_NONE && waiting->open > 0 &&
	       !only_holes(waiting)) {
		fault = look_at_queue(ctl, waiting, error);
		look_at_hands(ctl, waiting);
		if (fault == FAULT_NONE && is_over(waiting))
			fault = give_up(waiting, error);
		if (fault == FAULT_NONE && interrupted())
			fault = error_set(error, FAULT_TEMPORARY, 0,
					  "it was interrupted");
		if (fault != FAULT_NONE)
			break;
		clock_sleep_ms(POLL_MS);
		fault = promises_look(ctl, promises, &waiting->open, error);
		note(waiting);
		progress_bar_update(&progress, total - waiting->least);
	}
	if (total > 0)
		progress_bar_finish(&progress, total - waiting->least);
	return fault;
}

enum fault promises_await(struct ctl *ctl, uint64_t *holes_r,
			  struct error *error)
{
	int64_t now = clock_monotonic_ms();
	struct promises promises = PROMISES_INIT;
	struct waiting waiting = { .moved_ms = now, .consumed_ms = now };
	enum fault fault = read_all(ctl, &promises, error);

	if (fault == FAULT_NONE)
		fault = wait_for(ctl, &promises, &waiting, error);
	if (fault == FAULT_NONE)
		*holes_r = waiting.open;
	amqp_link_free(&waiting.link);
	promises_release(&promises);
	return fault;
}
