#ifndef CONFAB_API_COMMITTER_PRIVATE_H
#define CONFAB_API_COMMITTER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/committer.h"
#include "api/connector.h"
#include "api/topology.h"
#include "api/voids.h"
#include "api/window.h"
#include "common/amqp.h"

/* What the files of the committer share; nobody else includes it. */

#define WHY_REDIS "the number store (Redis) is away"
#define WHY_BROKER "the message broker (RabbitMQ) is away"
#define WHY_BLOCKED "the message broker (RabbitMQ) takes no messages now"
#define WHY_NUMBERS "the numbers are in recovery"
#define WHY_TOPOLOGY                                                           \
	"the message broker (RabbitMQ) does not get events to all queues"
#define WHY_FULL "a queue of the message broker (RabbitMQ) is full"
#define WHY_REFUSED "the message broker (RabbitMQ) refused the event"
#define WHY_BUSY "the server has too much to do"
#define WHY_STOPPING "the server is stopping"

struct committer {
	_Atomic int64_t turned_ms; /* monotonic, when its loop last turned */
	struct committer_settings settings;
	pthread_t thread;
	int wake_fd;
	struct config_url redis_url;
	struct connector *redis_connector, *amqp_connector;
	struct topology *topology;

	/* submitted by other threads */
	pthread_mutex_t lock;
	struct commit *first, **last;
	bool stopping, stopped;
	atomic_bool sleeping;

	/* the committer thread's own */
	struct allocator *allocator;
	struct amqp_link *link;
	bool blocked;
	bool full;	       /* a queue was, at the last answer */
	int64_t full_until_ms; /* until then nothing is tried */
	struct window window;
	struct voids voids;
	struct buf bytes;
	struct allocation **allocations;
	uint32_t generation;
	uint64_t beat;
	int64_t last_run_ms;

	atomic_bool redis_up, amqp_up;
};

/* ---- committer_finish.c: what becomes of commits ---- */

/* `why` of COMMIT_UNAVAILABLE, else NULL. */
void committer_finish(struct committer *it, struct commit *commit,
		      enum commit_outcome outcome, const char *why);
void committer_finish_all(struct committer *it, struct commit *commits,
			  enum commit_outcome outcome, const char *why);
/* Their events are certainly in no queue: the numbers become tombstones, but
 * those of keys, which a retry publishes. */
void committer_void_numbers(struct committer *it, const struct commit *commits);
/* For struct window. */
void committer_settle(void *context, struct publication *publication,
		      enum settlement settlement);
struct event committer_event(const struct committer *it,
			     const struct commit *commit);

/* ---- committer_links.c: Redis and the broker ---- */

bool committer_links_start(struct committer *it)
	__attribute__((warn_unused_result));
/* Takes over connections that were made, asks for those that are missing. */
void committer_links_adopt(struct committer *it);
void committer_links_lose_redis(struct committer *it,
				const struct error *error);
/* Settles what is in flight as lost. */
void committer_links_lose_amqp(struct committer *it, const struct error *error);
/* For amqp_link_read_notices(). */
void committer_notice(void *context, const struct amqp_notice *notice);
/* NULL: creates can be taken; else why not. */
const char *committer_links_closed(const struct committer *it);

/* ---- committer_publish.c: numbers to messages ---- */

bool committer_has_room(const struct committer *it);
/* Publishes what the allocator gave numbers to, finishes the others. */
void committer_publish_batch(struct committer *it, struct commit *batch,
			     int64_t leased_ms);
void committer_publish_voids(struct committer *it);

#endif
