#include <stdio.h>

#include "api/committer_private.h"
#include "common/clock.h"
#include "common/log.h"

/* After a refusal; then one batch tries. */
#define FULL_MS 1000

#define REDIS_TIMEOUT_MS 1000

static void *connect_redis(void *context, struct error *error)
{
	struct committer *it = context;
	char run_id[REDIS_RUN_ID_SIZE];
	redisContext *redis =
		redis_connect(&it->redis_url, REDIS_TIMEOUT_MS, error);

	if (redis && redis_check_durable(redis, run_id, error) != FAULT_NONE)
		redis_close(&redis);
	return redis ? allocator_new(redis, run_id, error) : NULL;
}

static void drop_redis(void *connection)
{
	struct allocator *allocator = connection;

	allocator_free(&allocator);
}

static void *connect_amqp(void *context, struct error *error)
{
	struct committer *it = context;
	struct amqp_link *link;
	char name[64];

	snprintf(name, sizeof(name), "%s: accepted events", it->settings.name);
	if (amqp_link_new(it->settings.rabbitmq_url, name, &link, error) !=
	    FAULT_NONE)
		return NULL;
	if (amqp_link_confirm_select(link, error) != FAULT_NONE)
		amqp_link_free(&link);
	return link;
}

static void drop_amqp(void *connection)
{
	struct amqp_link *link = connection;

	amqp_link_free(&link);
}

static void wake(void *context)
{
	committer_wake(context);
}

void committer_links_lose_redis(struct committer *it, const struct error *error)
{
	if (!it->allocator)
		return;
	it->beat = allocator_beat(it->allocator);
	allocator_free(&it->allocator);
	atomic_store(&it->redis_up, false);
	log_event(LOG_WARNING, "redis-lost", LOG_TEXT("reason", error->text));
	numbers_interrupted(it->settings.numbers);
}

/* What one queue refuses, others may have taken: each try leaves something
 * behind, and costs numbers. */
static void note_full(struct committer *it)
{
	it->full_until_ms = clock_monotonic_ms() + FULL_MS;
	if (it->full)
		return;
	it->full = true;
	log_event(LOG_ERROR, "rabbitmq-full", LOG_TEXT("reason", WHY_FULL));
}

/* An older batch may have been confirmed: what stays is the pause. */
static void note_room(struct committer *it)
{
	if (clock_monotonic_ms() < it->full_until_ms)
		return;
	it->full = false;
	log_event(LOG_WARNING, "rabbitmq-has-room");
}

void committer_notice(void *context, const struct amqp_notice *notice)
{
	struct committer *it = context;

	if (notice->kind == AMQP_BLOCKED || notice->kind == AMQP_UNBLOCKED) {
		it->blocked = notice->kind == AMQP_BLOCKED;
		log_event(LOG_WARNING, it->blocked ? "rabbitmq-blocked"
						   : "rabbitmq-unblocked");
		return;
	}
	if (notice->kind == AMQP_NACK)
		note_full(it);
	else if (notice->kind == AMQP_ACK && it->full)
		note_room(it);
	window_notice(&it->window, notice);
}

void committer_links_lose_amqp(struct committer *it, const struct error *error)
{
	struct error ignored = ERROR_INIT;

	if (!it->link)
		return;
	/* confirms that came before the end still count */
	(void)!amqp_link_read_notices(it->link, 0, committer_notice, it,
				      &ignored);
	amqp_link_free(&it->link);
	atomic_store(&it->amqp_up, false);
	log_event(LOG_WARNING, "rabbitmq-lost",
		  LOG_TEXT("reason", error->text));
	window_lose_all(&it->window);
}

void committer_links_adopt(struct committer *it)
{
	if (!it->allocator) {
		connector_ask(it->redis_connector);
		it->allocator = connector_take(it->redis_connector);
		if (it->allocator) {
			allocator_set_beat(it->allocator, it->beat);
			atomic_store(&it->redis_up, true);
			log_event(LOG_INFO, "redis-connected");
		}
	}
	if (!it->link) {
		connector_ask(it->amqp_connector);
		it->link = connector_take(it->amqp_connector);
		if (it->link) {
			it->blocked = false;
			atomic_store(&it->amqp_up, true);
			log_event(LOG_INFO, "rabbitmq-connected");
		}
	}
}

static bool numbers_are_open(const struct committer *it)
{
	return numbers_served_by(it->settings.numbers, it->generation,
				 allocator_run_id(it->allocator));
}

/* NULL: creates can be taken. */
const char *committer_links_closed(const struct committer *it)
{
	if (!it->link)
		return WHY_BROKER;
	if (it->blocked)
		return WHY_BLOCKED;
	if (clock_monotonic_ms() < it->full_until_ms)
		return WHY_FULL;
	if (!topology_is_whole(it->topology))
		return WHY_TOPOLOGY;
	if (!it->allocator)
		return WHY_REDIS;
	if (!numbers_are_open(it))
		return WHY_NUMBERS;
	return NULL;
}

bool committer_links_start(struct committer *it)
{
	it->redis_connector =
		connector_new(connect_redis, drop_redis, wake, it);
	it->amqp_connector = connector_new(connect_amqp, drop_amqp, wake, it);
	it->topology = topology_new(it->settings.rabbitmq_url,
				    it->settings.name, it->settings.sql);
	return it->redis_connector && it->amqp_connector && it->topology;
}
