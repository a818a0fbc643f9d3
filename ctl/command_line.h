#ifndef CONFAB_CTL_COMMAND_LINE_H
#define CONFAB_CTL_COMMAND_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/verbs.h"

/* A verb with what was said behind it. */
struct command {
	const struct verb *verb; /* NULL: help of `group`, or of all */
	const char *group;	 /* whose help is wanted, or NULL */
	unsigned options;	 /* of enum verb_option */
	bool help;		 /* the help is wanted, not the work */
	const char *argument;	 /* the first one, or NULL */
	uint64_t throttle;	 /* of --throttle; 0: none */
	uint64_t keep;		 /* of --keep; 0: none */
};

/* Reads the words behind the program's name. False: a sentence went to
 * `errors`, and the exit code is CTL_USAGE. */
bool command_line_parse(int count, char *const *words,
			struct command *command_r, FILE *errors)
	__attribute__((warn_unused_result));

#endif
