#include "api/topology.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/background.h"
#include "common/amqp.h"
#include "common/log.h"

#define PERIOD_MS 1000
/* An import makes the bindings after the queues. */
#define LOOKS_NEEDED 2

struct topology {
	struct background background;
	const char *rabbitmq_url;
	char name[64];
	struct amqp_link *link;
	struct audit *audit;
	unsigned whole_looks; /* in a row */
	atomic_bool broken;
};

/* The queue of the rows last, for the audit. */
static enum fault look_at_all(struct topology *topology, uint32_t *ready_r,
			      uint32_t *consumers_r, struct error *error)
{
	static const char *const queues[] = { AMQP_QUEUE_INDEX,
					      AMQP_QUEUE_COUNT,
					      AMQP_QUEUE_PERSIST };
	enum fault fault = amqp_link_find_exchange(topology->link,
						   AMQP_EXCHANGE_EVENTS, error);

	for (size_t i = 0;
	     i < sizeof(queues) / sizeof(queues[0]) && fault == FAULT_NONE; i++)
		fault = amqp_link_queue_depth(topology->link, queues[i],
					      ready_r, consumers_r, error);
	return fault;
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
	snprintf(topology->name, sizeof(topology->name), "%s topology", name);
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
