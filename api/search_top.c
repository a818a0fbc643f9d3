#include "api/search_top.h"

#include <stdlib.h>

bool search_top_init(struct search_top *top, size_t limit)
{
	*top = (struct search_top){ .limit = limit };
	top->places = calloc(limit ? limit : 1, sizeof(*top->places));
	return top->places != NULL;
}

void search_top_release(struct search_top *top)
{
	free(top->places);
	*top = (struct search_top){ 0 };
}

static bool is_worse(const struct search_top *top, size_t a, size_t b)
{
	return search_place_compare(&top->places[a], &top->places[b]) > 0;
}

static void swap(struct search_top *top, size_t a, size_t b)
{
	struct search_place place = top->places[a];

	top->places[a] = top->places[b];
	top->places[b] = place;
}

static void move_up(struct search_top *top, size_t at)
{
	for (; at > 0 && is_worse(top, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(top, at, (at - 1) / 2);
}

static void move_down(struct search_top *top, size_t at)
{
	for (;;) {
		size_t worst = at;

		for (size_t child = 2 * at + 1;
		     child <= 2 * at + 2 && child < top->count; child++)
			if (is_worse(top, child, worst))
				worst = child;
		if (worst == at)
			return;
		swap(top, at, worst);
		at = worst;
	}
}

void search_top_add(struct search_top *top, const struct search_place *place)
{
	if (top->count < top->limit) {
		top->places[top->count] = *place;
		move_up(top, top->count++);
		return;
	}
	top->more = true;
	if (top->limit == 0 || search_place_compare(place, &top->places[0]) > 0)
		return;
	top->places[0] = *place;
	move_down(top, 0);
}

static int compare(const void *left, const void *right)
{
	return search_place_compare(left, right);
}

void search_top_finish(struct search_top *top, struct search_result *result)
{
	qsort(top->places, top->count, sizeof(*top->places), compare);
	result->places = top->places;
	result->count = top->count;
	result->more = top->more;
	*top = (struct search_top){ 0 };
}
