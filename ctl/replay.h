#ifndef CONFAB_CTL_REPLAY_H
#define CONFAB_CTL_REPLAY_H

#include "ctl/verbs.h"

/* Publishes dead letters again and takes them off the list; what holds a
 * number goes off when its row is stored. */
enum ctl_exit replay_run(struct ctl *ctl);
/* Deletes dead letters; a number that is lost with one is made void. */
enum ctl_exit replay_drop(struct ctl *ctl);

#endif
