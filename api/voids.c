#include "api/voids.h"

#include <stdlib.h>
#include <string.h>

void voids_release(struct voids *voids)
{
	free(voids->events);
	*voids = (struct voids){ NULL, 0, 0 };
}

static bool make_room(struct voids *voids)
{
	size_t capacity = voids->capacity ? voids->capacity * 2 : 64;
	struct event *events;

	if (voids->count < voids->capacity)
		return true;
	if (voids->count == VOIDS_MAX) {
		voids->count--;
		memmove(voids->events, voids->events + 1,
			voids->count * sizeof(*voids->events));
		return true;
	}
	events = realloc(voids->events, capacity * sizeof(*events));
	if (!events)
		return false;
	voids->events = events;
	voids->capacity = capacity;
	return true;
}

static void append(struct voids *voids, const struct event *event)
{
	/* without memory the hole is settled by its age */
	if (make_room(voids))
		voids->events[voids->count++] = *event;
}

void voids_add(struct voids *voids, const struct event *created)
{
	struct event event = *created;

	event.type = created->chat_number == 0 ? EVENT_CHAT_VOIDED
					       : EVENT_MESSAGE_VOIDED;
	event.body = event.key = NULL;
	event.body_length = event.key_length = 0;
	event.request_id = event.traceparent = NULL;
	append(voids, &event);
}

struct event *voids_take(struct voids *voids, size_t most, size_t *count_r)
{
	size_t count = 0;
	struct event *events;

	while (count < voids->count && count < most &&
	       voids->events[count].type == voids->events[0].type)
		count++;
	if (count == 0)
		return NULL;
	events = malloc(count * sizeof(*events));
	if (!events)
		return NULL;
	memcpy(events, voids->events, count * sizeof(*events));
	voids->count -= count;
	memmove(voids->events, voids->events + count,
		voids->count * sizeof(*events));
	*count_r = count;
	return events;
}

void voids_put_back(struct voids *voids, const struct event *events,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		append(voids, &events[i]);
}
