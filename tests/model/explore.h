#ifndef CONFAB_TESTS_MODEL_EXPLORE_H
#define CONFAB_TESTS_MODEL_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Visits every state that the model can reach, in the order of their distance
 * from the start, until one is broken or there are no more. */
struct result {
	size_t states;
	size_t depth;	    /* of the farthest state, or of the broken one */
	unsigned witnessed; /* of model_witnessed(), over all states */
	const char *broken; /* NULL: none was */
	bool out_of_memory; /* it did not get to the end */
};

struct explorer;

/* Room for so many states; NULL when memory is out. */
struct explorer *explorer_new(size_t most_states);
void explorer_free(struct explorer **explorer);
/* As model_set() has it. */
void explorer_run(struct explorer *explorer, struct result *result_r);
/* After a run that found a broken state: the shortest way to it, a line for
 * each step. */
void explorer_print_trace(struct explorer *explorer, FILE *out);

#endif
