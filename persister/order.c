#include "persister/order.h"

#include <stdlib.h>
#include <string.h>

static bool kind_of(enum event_type type, enum row_kind *kind_r)
{
	switch (type) {
	case EVENT_CHAT_CREATED:
		*kind_r = ROW_CHAT;
		return true;
	case EVENT_MESSAGE_CREATED:
		*kind_r = ROW_MESSAGE;
		return true;
	case EVENT_CHAT_VOIDED:
		*kind_r = ROW_CHAT_VOID;
		return true;
	case EVENT_MESSAGE_VOIDED:
		*kind_r = ROW_MESSAGE_VOID;
		return true;
	default:
		return false; /* the API wrote the row that was updated */
	}
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int order_compare_key(const struct event *a, const struct event *b)
{
	if (a->application_id != b->application_id)
		return compare_u64(a->application_id, b->application_id);
	if (a->chat_number != b->chat_number)
		return compare_u64(a->chat_number, b->chat_number);
	return compare_u64(a->number, b->number);
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = order_compare_key(a->event, b->event);
	if (order != 0)
		return order;
	if (a->event->generation != b->event->generation)
		return compare_u64(b->event->generation, a->event->generation);
	order = memcmp(&a->event->id, &b->event->id, sizeof(a->event->id));
	return order != 0 ? order : compare_u64(a->index, b->index);
}

static bool same_event(const struct row *a, const struct row *b)
{
	return a->kind == b->kind && uuid_equal(&a->event->id, &b->event->id) &&
	       order_compare_key(a->event, b->event) == 0;
}

size_t order_rows(const struct event *const *events, size_t n, struct row *rows,
		  struct twin *twins, size_t *twins_r)
{
	size_t count = 0, kept = 0;

	*twins_r = 0;
	for (size_t i = 0; i < n; i++) {
		struct row *row = &rows[count];

		*row = (struct row){ .event = events[i], .index = i };
		if (kind_of(events[i]->type, &row->kind))
			count++;
	}
	qsort(rows, count, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && same_event(&rows[kept - 1], &rows[i]))
			twins[(*twins_r)++] =
				(struct twin){ rows[i].index,
					       rows[kept - 1].index };
		else
			rows[kept++] = rows[i];
	}
	return kept;
}
