#include <stdio.h>
#include <stdlib.h>

#include "tests/chaos/clients_private.h"

static void enlarge(struct clients_queue *queue)
{
	uint32_t room = queue->room ? queue->room * 2 : 1024;
	struct clients_due *items = malloc(room * sizeof(*items));

	if (!items) {
		fprintf(stderr, "chaos: out of memory\n");
		exit(111);
	}
	for (uint32_t i = 0; i < queue->count; i++)
		items[i] = queue->items[(queue->first + i) % queue->room];
	free(queue->items);
	queue->items = items;
	queue->room = room;
	queue->first = 0;
}

void clients_queue_add(struct clients_queue *queue, uint32_t op, int64_t due_ms)
{
	struct clients_due due = { op, due_ms };

	if (queue->count == queue->room)
		enlarge(queue);
	queue->items[(queue->first + queue->count++) % queue->room] = due;
}

bool clients_queue_take(struct clients_queue *queue, int64_t now_ms,
			uint32_t *op_r)
{
	if (queue->count == 0 || queue->items[queue->first].due_ms > now_ms)
		return false;
	*op_r = queue->items[queue->first].op;
	queue->first = (queue->first + 1) % queue->room;
	queue->count--;
	return true;
}
