#include "api/promised.h"

#include "api/allocator.h"
#include "api/server.h"
#include "common/clock.h"

#define TIMEOUT_MS 500
/* A connection is used for so long: the URL may come to name another server. */
#define KEPT_MS 1000

void promised_release(struct promised_link *link)
{
	redis_close(&link->redis);
}

static bool connect_redis(struct worker *worker)
{
	struct promised_link *link = &worker->promised;
	int64_t now = clock_monotonic_ms();
	struct config_url url;

	if (link->redis && now - link->since_ms < KEPT_MS)
		return true;
	redis_close(&link->redis);
	if (!config_url_parse(worker->server->config->redis_url, &url))
		return false;
	link->redis = redis_connect(&url, TIMEOUT_MS, NULL);
	link->since_ms = now;
	config_url_release(&url);
	if (link->redis &&
	    redis_check_durable(link->redis, link->run_id, NULL) != FAULT_NONE)
		redis_close(&link->redis);
	return link->redis != NULL;
}

/*
 * A Redis that has lost its data knows of no number, and this process may not
 * have noticed yet. So it must be the one that serves the generation, and the
 * mark, which goes with the rest, is read after the number.
 */
static enum fault ask(const struct promised_link *link,
		      const struct request *request, uint32_t generation,
		      uint64_t chat_number, uint64_t number, bool *was_r)
{
	uint32_t marked = 0;
	uint64_t beat;
	enum fault fault;

	if (!numbers_served_by(request->server->numbers, generation,
			       link->run_id))
		return FAULT_TEMPORARY;
	fault = allocator_promised(link->redis, generation,
				   request->application_id, chat_number, number,
				   was_r, NULL);
	if (fault == FAULT_NONE)
		fault = allocator_read_mark(link->redis, &marked, &beat, NULL);
	if (fault == FAULT_NONE && marked != generation)
		fault = FAULT_TEMPORARY;
	return fault;
}

enum promised promised_ask(struct request *request, struct worker *worker,
			   uint64_t chat_number, uint64_t number)
{
	uint32_t generation = numbers_generation(request->server->numbers);
	bool was = false;

	if (generation == 0 || generation != request->generation ||
	    !connect_redis(worker))
		return PROMISED_UNKNOWN;
	if (ask(&worker->promised, request, generation, chat_number, number,
		&was) != FAULT_NONE) {
		promised_release(&worker->promised);
		return PROMISED_UNKNOWN;
	}
	if (numbers_generation(request->server->numbers) != generation)
		return PROMISED_UNKNOWN;
	return was ? PROMISED_YES : PROMISED_NO;
}
