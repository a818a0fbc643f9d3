#ifndef CONFAB_CTL_PROGRESS_BAR_H
#define CONFAB_CTL_PROGRESS_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Progress of long work with its rate and the time that is left: on a terminal
 * one line that is rewritten, with a bar as wide as the window allows, a plain
 * line every few seconds elsewhere.
 */
struct progress_bar {
	const char *doing;
	uint64_t total;	   /* 0 if it is not known */
	uint64_t begun_at; /* what was done before, by an earlier process */
	int64_t started_ms;
	int64_t shown_ms; /* 0: never */
	size_t width;	  /* of the line that stands there */
	bool rewrite;
};

void progress_bar_start(struct progress_bar *progress, const char *doing,
			uint64_t total);
void progress_bar_update(struct progress_bar *progress, uint64_t done);
/* Shows the last figure and ends the line. */
void progress_bar_finish(struct progress_bar *progress, uint64_t done);

#endif
