#ifndef CONFAB_COMMON_TROUBLE_H
#define CONFAB_COMMON_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/log.h"

/*
 * A failure that repeats, logged when it begins, when its reason changes, once
 * a minute while it lasts, and when it ends; in between it is counted. One that
 * comes and goes with the same reason is told once a minute.
 */
struct trouble {
	const char *event; /* of the log lines; set by the owner */
	uint64_t times;	   /* since it began; 0: all is well */
	uint64_t untold;   /* since the last line */
	bool told;	   /* there was a line since it began */
	int64_t since_ms, told_ms;
	struct error last;
};

void trouble_note(struct trouble *trouble, enum log_level level,
		  const struct error *error);
/* Nothing when all was well; else logs `ended` with times and seconds. */
void trouble_end(struct trouble *trouble, const char *ended);

#endif
