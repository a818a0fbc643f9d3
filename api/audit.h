#ifndef CONFAB_API_AUDIT_H
#define CONFAB_API_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/amqp.h"
#include "common/event.h"
#include "common/sql.h"

/*
 * Finds out whether accepted events still reach the queue of the rows. When
 * only that queue's binding is deleted, the other two queues take each event,
 * so nothing is returned, the broker confirms it, the API promises it, and no
 * row ever comes. Nothing in AMQP tells a client which bindings there are.
 *
 * So one accepted event at a time is watched until it is in the rows, which
 * takes milliseconds. When it is not there after 2 s although nothing waits in
 * the queue, either the persisters hold it in their hands (a database that
 * takes no writes), or the queue never got it. To tell these apart the event
 * is published again, more often than all consumers of the queue together may
 * hold (C consumers, at most AUDIT_PREFETCH_MAX each):
 *
 * - Had the queue got them, then some are ready in it, or one at least was
 *   acknowledged, and that only after its event was in the rows or in the
 *   dead letters. Copies are the same event, which is stored once.
 * - So when nothing is ready and the event is in neither, the queue got
 *   none of them. Creates are refused from then on.
 *
 * Persisters that are stuck show after as many copies as they have a prefetch.
 * Afterwards the event is published once a second until it is in the rows,
 * and creates are taken again.
 */
#define AUDIT_PREFETCH_MAX 2000 /* as CONFAB_PREFETCH */

struct audit;

/* The settings must outlive it. NULL when memory is out. */
struct audit *audit_new(const struct sql_settings *sql);
void audit_free(struct audit **audit);

/* The committer's thread: an event was confirmed that it will promise; a copy
 * is made if one is wanted. NULL wants none. */
bool audit_wants(const struct audit *audit);
void audit_offer(struct audit *audit, const struct event *event);

/*
 * One look, by one thread, over a link in confirm mode. `ready` and
 * `consumers` are those of AMQP_QUEUE_PERSIST. A fault is the link's; then it
 * is gone, and nothing was found out.
 */
MUST_CHECK enum fault audit_look(struct audit *audit, struct amqp_link *link,
				 uint32_t ready, uint32_t consumers,
				 struct error *error);
/* From the proof that events get lost to the row that shows that they do no
 * more. Any thread. */
bool audit_has_lost(const struct audit *audit);

#endif
