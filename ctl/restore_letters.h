#ifndef CONFAB_CTL_RESTORE_LETTERS_H
#define CONFAB_CTL_RESTORE_LETTERS_H

#include "common/fault.h"

struct ctl;

/* Fills the queue confab.dead by the rows of dead_letters: each letter as often
 * as it was refused. The queue must be empty. */
MUST_CHECK enum fault restore_letters(struct ctl *ctl, struct error *error);

#endif
