#ifndef CONFAB_CTL_RESTORE_LETTERS_H
#define CONFAB_CTL_RESTORE_LETTERS_H

#include "common/fault.h"

struct ctl;

/* Fills the queue confab.dead by the rows of dead_letters: each letter as often
 * as it was refused. A queue that holds some has outlived the rows, and stays
 * as it is. */
MUST_CHECK enum fault restore_letters(struct ctl *ctl, struct error *error);

#endif
