#ifndef CONFAB_API_VOIDS_H
#define CONFAB_API_VOIDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/event.h"

/*
 * Numbers that were allocated for events which were then certainly not
 * published. They wait here until a tombstone event can tell the readers that
 * nothing will come. Bounded: past VOIDS_MAX the oldest are forgotten, and
 * those holes are settled by their age.
 */
#define VOIDS_MAX 16384

struct voids {
	struct event *events;
	size_t count, capacity;
};

void voids_release(struct voids *voids);
/* The void event for a number that `created` would have used. */
void voids_add(struct voids *voids, const struct event *created);
/* Takes up to `most` of one type off the front; the array is the caller's
 * (free()). NULL when there are none or memory is out. */
struct event *voids_take(struct voids *voids, size_t most, size_t *count_r);
void voids_put_back(struct voids *voids, const struct event *events,
		    size_t count);

#endif
