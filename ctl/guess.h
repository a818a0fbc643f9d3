#ifndef CONFAB_CTL_GUESS_H
#define CONFAB_CTL_GUESS_H

#include "ctl/verbs.h"

/* What somebody may have meant who typed `word`, which is no name: what begins
 * like it, else what is a slip or two away. */

/* A verb's name, or a group's; a verb of `group` unless that is NULL. *length_r
 * is how much of it counts. NULL if none comes near. */
const char *guess_verb(const char *group, const char *word, int *length_r);
/* Likewise an option of `verb`; a value behind "=" does not count. */
const struct verb_flag *guess_option(const struct verb *verb, const char *word);

#endif
