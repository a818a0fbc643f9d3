#ifndef CONFAB_PERSISTER_FENCE_H
#define CONFAB_PERSISTER_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/sql.h"

/*
 * What an event may still say when it comes after a recovery of the numbers.
 * It was not acknowledged then, or the recovery would have waited for it, and
 * its number may be another event's by now.
 */
struct fence {
	uint32_t generation;
	bool open; /* numbers of this generation are being given out */
};

/*
 * Reads the table numbering and locks its row until the transaction under way
 * ends: no recovery begins or ends in between. To be called before the
 * transaction locks anything else, so that nobody waits in a circle.
 */
MUST_CHECK enum fault fence_read(struct sql *sql, struct fence *fence_r,
				 struct error *error);

/* Whether a retry with the event's key may be answered with its number. */
bool fence_takes_key(const struct fence *fence, const struct event *event);
/* Its key's retry may get, or have, another number: the event must not become a
 * row beside that one, unless it is one that was promised before. */
static inline bool fence_is_late(const struct fence *fence,
				 const struct event *event)
{
	return event->key && !fence_takes_key(fence, event);
}
/* Whether the number that the event gives up is still its own. */
bool fence_takes_void(const struct fence *fence, const struct event *event);

#endif
