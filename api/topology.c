#include "api/topology.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/amqp.h"
#include "common/background.h"
#include "common/clock.h"
#include "common/log.h"

#define PERIOD_MS 1000
/* An import makes the bindings after the queues. */
#define LOOKS_NEEDED 2

#define QUEUES 4u
#define DEAD 3u
/* The dead letters are nothing that a create depends on. */
#define DEAD_PERIOD_MS 5000
#define DEAD_MISSING_MS 60000

static const char *const queues[QUEUES] = {
	/* that of the rows is the last one that the audit looks at */
	AMQP_QUEUE_INDEX,
	AMQP_QUEUE_COUNT,
	AMQP_QUEUE_PERSIST,
	[DEAD] = AMQP_QUEUE_DEAD,
};
#define BY_QUEUE                                                               \
	{                                                                      \
		{ .labels = "queue=\"" AMQP_QUEUE_INDEX "\"" },                \
			{ .labels = "queue=\"" AMQP_QUEUE_COUNT "\"" },        \
			{ .labels = "queue=\"" AMQP_QUEUE_PERSIST "\"" },      \
		{                                                              \
			.labels = "queue=\"" AMQP_QUEUE_DEAD "\""              \
		}                                                              \
	}
struct metric_series topology_messages[QUEUES] = BY_QUEUE;
struct metric_series topology_consumers[QUEUES] = BY_QUEUE;

struct topology {
	struct background background;
	const char *rabbitmq_url;
	char name[64];
	struct amqp_link *link;
	struct audit *audit;
	unsigned whole_looks; /* in a row */
	atomic_bool broken;
	int64_t dead_at_ms; /* when to look at the dead letters; monotonic */
};

static enum fault look_at(struct topology *topology, size_t queue,
			  uint32_t *ready_r, uint32_t *consumers_r,
			  struct error *error)
{
	enum fault fault = amqp_link_queue_depth(topology->link, queues[queue],
						 ready_r, consumers_r, error);

	if (fault != FAULT_NONE)
		return fault;
	metric_set(&topology_messages[queue], *ready_r);
	metric_set(&topology_consumers[queue], *consumers_r);
	return FAULT_NONE;
}

/* The queue of the rows last, for the audit. */
static enum fault look_at_all(struct topology *topology, uint32_t *ready_r,
			      uint32_t *consumers_r, struct error *error)
{
	enum fault fault = amqp_link_find_exchange(topology->link,
						   AMQP_EXCHANGE_EVENTS, error);

	for (size_t i = 0; i < DEAD && fault == FAULT_NONE; i++)
		fault = look_at(topology, i, ready_r, consumers_r, error);
	return fault;
}

/* A queue that is missing takes the link with it, and is no reason to refuse
 * creates. */
static void look_at_dead(struct topology *topology)
{
	struct error ignored = ERROR_INIT;
	uint32_t ready, consumers;
	int64_t now = clock_monotonic_ms();

	if (now < topology->dead_at_ms)
		return;
	topology->dead_at_ms = now + DEAD_PERIOD_MS;
	if (look_at(topology, DEAD, &ready, &consumers, &ignored) == FAULT_NONE)
		return;
	topology->dead_at_ms = now + DEAD_MISSING_MS;
	amqp_link_free(&topology->link);
}

static enum fault connect_link(struct topology *topology, struct error *error)
{
	enum fault fault;

	if (topology->link)
		return FAULT_NONE;
	fault = amqp_link_new(topology->rabbitmq_url, topology->name,
			      &topology->link, error);
	return fault == FAULT_NONE
		       ? amqp_link_confirm_select(topology->link, error)
		       : fault;
}

static enum fault look(struct topology *topology, struct error *error)
{
	enum fault fault = connect_link(topology, error);
	uint32_t ready, consumers;

	if (fault == FAULT_NONE)
		fault = look_at_all(topology, &ready, &consumers, error);
	if (fault == FAULT_NONE)
		fault = audit_look(topology->audit, topology->link, ready,
				   consumers, error);
	if (fault != FAULT_NONE)
		amqp_link_free(&topology->link);
	else
		look_at_dead(topology);
	return fault;
}

static void note(struct topology *topology, enum fault fault,
		 const struct error *error)
{
	bool broken = fault == FAULT_PERMANENT;

	/* whether the broker is there is for the committer to say */
	if (fault != FAULT_NONE && !broken)
		return;
	topology->whole_looks = broken ? 0 : topology->whole_looks + 1;
	if (!broken && topology->whole_looks < LOOKS_NEEDED)
		return;
	if (atomic_exchange(&topology->broken, broken) == broken)
		return;
	if (broken)
		log_event(LOG_ERROR, "topology-broken",
			  LOG_TEXT("reason", error->text),
			  LOG_TEXT("remedy", "import the definitions again"));
	else
		log_event(LOG_INFO, "topology-whole");
}

static void *run(void *argument)
{
	struct topology *topology = argument;

	sql_thread_init();
	do {
		struct error error = ERROR_INIT;
		enum fault fault = look(topology, &error);

		note(topology, fault, &error);
	} while (background_sleep(&topology->background, PERIOD_MS));
	sql_thread_release();
	return NULL;
}

struct topology *topology_new(const char *rabbitmq_url, const char *name,
			      const struct sql_settings *sql)
{
	struct topology *topology = calloc(1, sizeof(*topology));

	if (!topology)
		return NULL;
	topology->rabbitmq_url = rabbitmq_url;
	snprintf(topology->name, sizeof(topology->name),
		 "%s: looks at the queues", name);
	topology->audit = audit_new(sql);
	if (!topology->audit ||
	    !background_start(&topology->background, run, topology))
		topology_free(&topology);
	return topology;
}

void topology_free(struct topology **topology)
{
	struct topology *it = *topology;

	if (!it)
		return;
	background_stop(&it->background);
	amqp_link_free(&it->link);
	audit_free(&it->audit);
	free(it);
	*topology = NULL;
}

struct audit *topology_audit(struct topology *topology)
{
	return topology ? topology->audit : NULL;
}

bool topology_is_whole(const struct topology *topology)
{
	return !topology || (!atomic_load(&topology->broken) &&
			     !audit_has_lost(topology->audit));
}
