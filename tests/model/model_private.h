#ifndef CONFAB_TESTS_MODEL_MODEL_PRIVATE_H
#define CONFAB_TESTS_MODEL_MODEL_PRIVATE_H

#include "tests/model/model.h"

/* What the files of the model share. */

/* False when `who` cannot take it now; the state is then of no use. `which` is
 * its variant. */
struct step {
	const char *text;
	bool (*take)(struct state *state, unsigned who, unsigned which);
	unsigned who_count, which_count;
};

/* Ended by a NULL text. */
extern const struct step api_steps[], recovery_steps[], persister_steps[],
	world_steps[];

bool model_has(enum rule rule);
extern struct setting model_setting;
bool model_may(enum may may);
/* False when that may not happen, or not any more. */
bool model_spend_fault(struct state *state, enum may may);

static inline unsigned bit(unsigned of)
{
	return 1u << of;
}

unsigned row_get(const struct sql *sql, unsigned number);
void row_set(struct sql *sql, unsigned number, unsigned event);
/* Two bits for each generation. */
unsigned pair_get(unsigned pairs, unsigned at);
unsigned pair_with(unsigned pairs, unsigned at, unsigned value);

#endif
