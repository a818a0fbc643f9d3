#ifndef CONFAB_CTL_SEED_LOAD_H
#define CONFAB_CTL_SEED_LOAD_H

#include <stdbool.h>

struct ctl;

/* Posts all of sample_talk through the API; what an earlier call has posted
 * already is not doubled. False: a sentence was printed. */
bool seed_load(struct ctl *ctl) __attribute__((warn_unused_result));

#endif
