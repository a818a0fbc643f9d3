#ifndef CONFAB_PERSISTER_DRAIN_H
#define CONFAB_PERSISTER_DRAIN_H

#include <stdbool.h>

#include "common/fault.h"
#include "common/sql.h"

/*
 * The persisters' part in a recovery of numbers. When Redis has lost its
 * counters, the API sets numbering.state to 'draining' (with a new generation,
 * after all leases of the old one ran out) and gives out no number until it is
 * 'open' again. The counters then start from the highest numbers in the rows,
 * so all that was accepted before must be in the rows by then. The persisters
 * prove that and set it to 'drained'; the API opens it.
 *
 * Every persister looks at the state with each tick. When it is 'draining',
 * one of them holds the lock 'confab.drain' of the database and consumes on;
 * the others close their consuming connections and stay away as long as it
 * is. The holder sets 'drained' when it has seen this twice, at two ticks, with
 * no delivery in between:
 *
 *   1. a passive declare of confab.persist, on a connection of its own, said
 *      0 ready and 1 consumer;
 *   2. after that, the broker answered a request through the consuming
 *      channel, and with all read that came before the answer, nothing is in
 *      hand.
 *
 * Why that is exact: an accepted event was confirmed by the broker, so it is
 * in the queue until it is acknowledged. Let S be the state that the declare
 * looked at.
 * - The consumer in S is this process: its channel was consuming before the
 *   declare and was alive after it, since it answered in 2. So nobody else
 *   holds anything in S: a consumer that holds messages counts, also after a
 *   basic.cancel, and a connection that ends gives back its messages and its
 *   count in one step. (A message taken by basic.get is held by no consumer;
 *   nobody but a person at the management UI does that, and it comes back.)
 * - Nothing is ready in S. So each event that was accepted before and is in
 *   the queue in S was delivered to this process.
 * - The queue delivers in the order in which it changes, before it answers,
 *   and the channel is in order too, so the answer in 2 comes behind all those
 *   deliveries. They were read and are not in hand, so they were acknowledged,
 *   and acknowledged is only what is committed in a row or a dead letter.
 * - Events that enter the queue after S are of no concern: a number of the old
 *   generation cannot become a promise any more, and none is given out of the
 *   new one.
 * - A quorum queue without a leader answers 0 ready and 0 consumers, which is
 *   not 1. A persister that starts in the meantime, or has not ticked yet,
 *   makes it 2.
 * - A holder that loses its connection to the database loses the lock. It may
 *   not know it, and another one may consume beside it; but then there are 2
 *   consumers, and whoever opens has the proof in its hands: the lock only
 *   keeps the others away, the proof does not rest on it. state is set only
 *   where it is still 'draining' in the generation that the holder saw.
 *
 * In a cluster, where the queue's leader and this connection's node may be
 * different, a follower sends the deliveries and may lag behind the leader's
 * answer. That is what the second look is for: it holds as long as the lag is
 * shorter than a tick.
 */
struct drain;

/* All must outlive it. NULL when memory is out. */
struct drain *drain_new(struct sql *sql, const char *rabbitmq_url);
void drain_free(struct drain **drain);

#define DRAIN_TICK_MS 500

/* As tick() and stay_away() of struct sink; `context` is the struct drain. */
MUST_CHECK enum fault drain_tick(void *context, struct error *error);
bool drain_stay_away(void *context);

#endif
