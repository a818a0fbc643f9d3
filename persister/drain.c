#include "persister/drain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/amqp.h"
#include "common/clock.h"
#include "common/consumer.h"
#include "common/log.h"
#include "persister/statements.h"

#define LOOKS_NEEDED 2

struct drain {
	struct sql *sql;
	const char *rabbitmq_url;
	struct amqp_link *link; /* for the declare; only while draining */
	bool away;
	bool holder;
	unsigned looks;	     /* in a row that found nothing */
	uint64_t deliveries; /* at the last of them */
};

/* numbering's row */
struct numbering {
	bool found, draining;
	uint32_t generation;
};

struct drain *drain_new(struct sql *sql, const char *rabbitmq_url)
{
	struct drain *drain = calloc(1, sizeof(*drain));

	if (!drain)
		return NULL;
	drain->sql = sql;
	drain->rabbitmq_url = rabbitmq_url;
	return drain;
}

void drain_free(struct drain **drain)
{
	if (!*drain)
		return;
	amqp_link_free(&(*drain)->link);
	free(*drain);
	*drain = NULL;
}

bool drain_stay_away(void *context)
{
	const struct drain *drain = context;

	return drain->away;
}

/* ---- state and lock ---- */

static bool note_numbering(void *context, const struct sql_value *columns,
			   size_t count)
{
	struct numbering *numbering = context;
	const char *draining = "draining";

	if (count != 2)
		return false;
	numbering->found = true;
	numbering->generation = (uint32_t)columns[0].as.u64;
	numbering->draining = columns[1].as.bytes.length == strlen(draining) &&
			      memcmp(columns[1].as.bytes.data, draining,
				     strlen(draining)) == 0;
	return false;
}

static enum fault read_numbering(struct drain *drain,
				 struct numbering *numbering_r,
				 struct error *error)
{
	enum fault fault;

	memset(numbering_r, 0, sizeof(*numbering_r));
	fault = sql_run(drain->sql, statement_read_numbering, NULL, 0,
			note_numbering, numbering_r, NULL, error);
	if (fault == FAULT_NONE && !numbering_r->found)
		fault = error_set(error, FAULT_TEMPORARY, 0,
				  "the table numbering has no row");
	return fault;
}

static bool note_one(void *context, const struct sql_value *columns,
		     size_t count)
{
	bool *one = context;

	*one = count == 1 && columns[0].type != SQL_NULL &&
	       columns[0].as.i64 == 1;
	return false;
}

static enum fault take_lock(struct drain *drain, bool *ours_r,
			    struct error *error)
{
	*ours_r = false;
	return sql_run_text(drain->sql, statement_take_drain_lock, note_one,
			    ours_r, error);
}

/* ---- the proof ---- */

static enum fault queue_is_empty(struct drain *drain, bool *empty_r,
				 struct error *error)
{
	uint32_t ready, consumers;
	enum fault fault = FAULT_NONE;

	if (!drain->link)
		fault = amqp_link_new(drain->rabbitmq_url,
				      "confab-persister: watches a recovery",
				      &drain->link, error);
	if (fault == FAULT_NONE)
		fault = amqp_link_queue_depth(drain->link, AMQP_QUEUE_PERSIST,
					      &ready, &consumers, error);
	if (fault != FAULT_NONE) {
		amqp_link_free(&drain->link);
		return fault;
	}
	*empty_r = ready == 0 && consumers == 1;
	return FAULT_NONE;
}

static enum fault set_drained(struct drain *drain, uint32_t generation,
			      struct error *error)
{
	const struct sql_value params[] = {
		sql_time(clock_wall_ms()),
		sql_u64(generation),
	};
	struct sql_result result;
	enum fault fault = sql_run(drain->sql, statement_set_drained, params, 2,
				   NULL, NULL, &result, error);

	if (fault == FAULT_NONE && result.affected == 1)
		log_event(LOG_INFO, "drained",
			  LOG_NUMBER("generation", generation));
	return fault;
}

static enum fault look(struct drain *drain, uint32_t generation,
		       struct error *error)
{
	bool empty = false;
	enum fault fault = queue_is_empty(drain, &empty, error);
	uint64_t deliveries;

	/* The order matters: in hand is looked at after the queue. */
	if (fault != FAULT_NONE || !empty || !consumer_hands_empty()) {
		drain->looks = 0;
		return fault;
	}
	deliveries = consumer_deliveries();
	if (drain->looks > 0 && deliveries != drain->deliveries)
		drain->looks = 0;
	drain->deliveries = deliveries;
	if (++drain->looks < LOOKS_NEEDED)
		return FAULT_NONE;
	drain->looks = 0;
	return set_drained(drain, generation, error);
}

/* ---- ticks ---- */

/* All is open again, or was all the time. */
static enum fault rest(struct drain *drain, struct error *error)
{
	enum fault fault = FAULT_NONE;
	bool unused;

	drain->away = false;
	drain->looks = 0;
	amqp_link_free(&drain->link);
	if (drain->holder)
		fault = sql_run_text(drain->sql, statement_free_drain_lock,
				     note_one, &unused, error);
	if (fault == FAULT_NONE)
		drain->holder = false;
	return fault;
}

static enum fault take_part(struct drain *drain, uint32_t generation,
			    struct error *error)
{
	bool ours;
	enum fault fault = take_lock(drain, &ours, error);

	if (fault != FAULT_NONE)
		return fault;
	if (ours && !drain->holder)
		log_event(LOG_INFO, "draining",
			  LOG_NUMBER("generation", generation));
	drain->holder = ours;
	drain->away = !ours;
	if (ours)
		return look(drain, generation, error);
	drain->looks = 0;
	amqp_link_free(&drain->link);
	return FAULT_NONE;
}

enum fault drain_tick(void *context, struct error *error)
{
	struct drain *drain = context;
	struct numbering numbering;
	enum fault fault = read_numbering(drain, &numbering, error);

	if (fault != FAULT_NONE) {
		drain->looks = 0;
		return fault;
	}
	if (!numbering.draining)
		return rest(drain, error);
	return take_part(drain, numbering.generation, error);
}
