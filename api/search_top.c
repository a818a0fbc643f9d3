#include "api/search_top.h"

#include <stdlib.h>
#include <string.h>

bool search_top_init(struct search_top *top, size_t limit)
{
	*top = (struct search_top){ .limit = limit };
	top->hits = calloc(limit ? limit : 1, sizeof(*top->hits));
	return top->hits != NULL;
}

void search_top_release(struct search_top *top)
{
	for (size_t i = 0; i < top->count; i++)
		search_hit_release(&top->hits[i]);
	free(top->hits);
	*top = (struct search_top){ 0 };
}

static bool is_worse(const struct search_top *top, size_t a, size_t b)
{
	return search_place_compare(&top->hits[a].place, &top->hits[b].place) >
	       0;
}

static void swap(struct search_top *top, size_t a, size_t b)
{
	struct search_hit hit = top->hits[a];

	top->hits[a] = top->hits[b];
	top->hits[b] = hit;
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

static bool fill(struct search_hit *hit, const struct search_place *place,
		 const char *body, size_t length)
{
	*hit = (struct search_hit){ .place = *place, .body_length = length };
	hit->body = malloc(length + 1);
	if (!hit->body)
		return false;
	memcpy(hit->body, body, length);
	hit->body[length] = '\0';
	return true;
}

bool search_top_add(struct search_top *top, const struct search_place *place,
		    const char *body, size_t length)
{
	struct search_hit hit;

	if (top->count == top->limit) {
		top->more = true;
		if (top->limit == 0 ||
		    search_place_compare(place, &top->hits[0].place) > 0)
			return true;
	}
	if (!fill(&hit, place, body, length))
		return false;
	if (top->count < top->limit) {
		top->hits[top->count] = hit;
		move_up(top, top->count++);
		return true;
	}
	search_hit_release(&top->hits[0]);
	top->hits[0] = hit;
	move_down(top, 0);
	return true;
}

static int compare_hits(const void *left, const void *right)
{
	const struct search_hit *a = left, *b = right;

	return search_place_compare(&a->place, &b->place);
}

void search_top_finish(struct search_top *top, struct search_result *result)
{
	qsort(top->hits, top->count, sizeof(*top->hits), compare_hits);
	result->hits = top->hits;
	result->count = top->count;
	result->more = top->more;
	*top = (struct search_top){ 0 };
}
