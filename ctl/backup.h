#ifndef CONFAB_CTL_BACKUP_H
#define CONFAB_CTL_BACKUP_H

#include "ctl/verbs.h"

/*
 * Writes all that is truth into one file, while everybody reads and writes:
 * waits until what was accepted before is stored, then copies the tables as
 * they were at one moment. docs/backup.md says what is promised.
 */
enum ctl_exit backup_run(struct ctl *ctl);

#endif
