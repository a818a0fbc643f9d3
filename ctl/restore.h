#ifndef CONFAB_CTL_RESTORE_H
#define CONFAB_CTL_RESTORE_H

#include "ctl/verbs.h"

/*
 * Puts back what a backup holds (ctl/backup.h), into an empty system or in
 * place of what is there. docs/backup.md says what is promised, and what
 * becomes of a restore that is broken off.
 */
enum ctl_exit restore_run(struct ctl *ctl);

#endif
