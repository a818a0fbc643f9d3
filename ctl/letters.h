#ifndef CONFAB_CTL_LETTERS_H
#define CONFAB_CTL_LETTERS_H

#include "ctl/verbs.h"

/* All dead letters, without their events. */
enum ctl_exit letters_list(struct ctl *ctl);
/* Those of one event id (a queue each), with the event. */
enum ctl_exit letters_show(struct ctl *ctl);

#endif
