#include "tests/model/explore.h"

#include <stdlib.h>
#include <string.h>

#include "tests/model/model.h"

#define TRACE_MOST 200
#define FOUND_MOST 256

/* A successor, until it is looked up. */
struct found {
	struct state state;
	size_t slot;
	uint32_t parent;
};

/* All states in the order in which they were found, so that the list is also
 * the queue of those to go on from. */
struct explorer {
	struct state *states;
	uint32_t *parents; /* where each was found first */
	uint32_t *table;   /* by hash: place in `states` + 1, 0: free */
	size_t most, slots, count;
	uint32_t from; /* the one whose successors are being added */
	bool full;
	/* The table is far larger than the processor's caches: what is asked
	 * for together is fetched together. */
	struct found found[FOUND_MOST];
	size_t found_count;
};

struct explorer *explorer_new(size_t most_states)
{
	struct explorer *explorer = calloc(1, sizeof(*explorer));

	if (!explorer)
		return NULL;
	explorer->most = most_states;
	explorer->slots = 1;
	while (explorer->slots < most_states + most_states / 2)
		explorer->slots *= 2;
	/* pages that are not touched cost nothing */
	explorer->states = malloc(most_states * sizeof(*explorer->states));
	explorer->parents = malloc(most_states * sizeof(*explorer->parents));
	explorer->table = malloc(explorer->slots * sizeof(*explorer->table));
	if (!explorer->states || !explorer->parents || !explorer->table)
		explorer_free(&explorer);
	return explorer;
}

void explorer_free(struct explorer **explorer)
{
	struct explorer *old = *explorer;

	*explorer = NULL;
	if (!old)
		return;
	free(old->states);
	free(old->parents);
	free(old->table);
	free(old);
}

static uint64_t hash(const struct state *state)
{
	const unsigned char *bytes = (const unsigned char *)state;
	uint64_t sum = 0;
	uint32_t word;

	for (size_t i = 0; i < sizeof(*state); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

/* Adds a state that was not there. */
static void add(struct explorer *it, const struct found *found)
{
	size_t slot = found->slot;

	for (; it->table[slot] != 0; slot = (slot + 1) & (it->slots - 1))
		if (model_compare(&it->states[it->table[slot] - 1],
				  &found->state, sizeof(found->state)) == 0)
			return;
	if (it->count == it->most) {
		it->full = true;
		return;
	}
	it->states[it->count] = found->state;
	it->parents[it->count] = found->parent;
	it->table[slot] = (uint32_t)++it->count;
}

static void add_found(struct explorer *it)
{
	for (size_t i = 0; i < it->found_count; i++) {
		uint32_t there = it->table[it->found[i].slot];

		if (there != 0)
			__builtin_prefetch(&it->states[there - 1]);
	}
	for (size_t i = 0; i < it->found_count; i++)
		add(it, &it->found[i]);
	it->found_count = 0;
}

static void find(void *context, const struct state *next, const char *text,
		 unsigned who)
{
	struct explorer *it = context;
	struct found *found = &it->found[it->found_count++];

	(void)text;
	(void)who;
	found->state = *next;
	found->parent = it->from;
	model_canonical(&found->state);
	found->slot = hash(&found->state) & (it->slots - 1);
	__builtin_prefetch(&it->table[found->slot]);
	if (it->found_count == FOUND_MOST)
		add_found(it);
}

static size_t path_to(const struct explorer *it, uint32_t at,
		      uint32_t path[TRACE_MOST])
{
	size_t length = 0;

	for (; at != 0 && length < TRACE_MOST; at = it->parents[at])
		path[length++] = at;
	return length;
}

static void start(struct explorer *it)
{
	struct state state;

	memset(it->table, 0, it->slots * sizeof(*it->table));
	it->count = it->found_count = 0;
	it->from = 0;
	it->full = false;
	model_start(&state);
	find(it, &state, NULL, 0);
	add_found(it);
}

void explorer_run(struct explorer *explorer, struct result *result_r)
{
	struct explorer *it = explorer;
	struct result result = { 0 };
	uint32_t path[TRACE_MOST];

	start(it);
	for (; it->from < it->count && !it->full; it->from++) {
		const struct state *state = &it->states[it->from];

		result.broken = model_broken(state);
		if (result.broken)
			break;
		result.witnessed |= model_witnessed(state);
		model_successors(state, find, it);
		if (it->from + 1 == it->count)
			add_found(it);
	}
	add_found(it);
	if (!result.broken && !it->full)
		it->from--;
	result.states = it->count;
	result.out_of_memory = it->full && !result.broken;
	result.depth = path_to(it, it->from, path);
	*result_r = result;
}

/* ---- the way to a state ---- */

/* Looks among the successors of a state for the one that the path goes on
 * with, and keeps who is who. */
struct search {
	struct state wanted;
	bool found;
	struct state next;
	const char *text;
	unsigned who;
};

static void compare(void *context, const struct state *next, const char *text,
		    unsigned who)
{
	struct search *search = context;
	struct state state = *next;

	model_canonical(&state);
	if (search->found ||
	    model_compare(&state, &search->wanted, sizeof(state)) != 0)
		return;
	search->found = true;
	search->next = *next;
	search->text = text;
	search->who = who;
}

static void print_step(const struct search *search, FILE *out)
{
	const char *mark = strstr(search->text, "%u");

	if (!mark)
		fprintf(out, "%s\n", search->text);
	else
		fprintf(out, "%.*s%u%s\n", (int)(mark - search->text),
			search->text, search->who, mark + 2);
}

void explorer_print_trace(struct explorer *explorer, FILE *out)
{
	uint32_t path[TRACE_MOST];
	size_t length = path_to(explorer, explorer->from, path);
	struct state state;

	model_start(&state);
	for (size_t i = length; i > 0; i--) {
		struct search search = { .found = false };

		search.wanted = explorer->states[path[i - 1]];
		model_successors(&state, compare, &search);
		if (!search.found) {
			fputs("(the way cannot be followed)\n", out);
			return;
		}
		fprintf(out, "%6zu. ", length - i + 1);
		print_step(&search, out);
		state = search.next;
	}
}
