#ifndef CONFAB_CTL_HELP_H
#define CONFAB_CTL_HELP_H

#include <stdio.h>

#include "ctl/command_line.h"

/* What `command` asks for: the help of a verb, of a group of verbs, or of all:
 * a line each, and the settings. */
void help_print(const struct command *command, FILE *out);

#endif
