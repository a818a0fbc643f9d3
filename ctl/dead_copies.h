#ifndef CONFAB_CTL_DEAD_COPIES_H
#define CONFAB_CTL_DEAD_COPIES_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

/*
 * The copies of dead letters in the queue confab.dead. The rows are what
 * counts; a copy whose row was handled is taken out of the queue by its text.
 */
struct dead_copies;

/* NULL when memory is out. */
struct dead_copies *dead_copies_new(void);
void dead_copies_free(struct dead_copies **copies);

/* `times` copies of `line` (with or without its newline) are to go. */
MUST_CHECK enum fault dead_copies_expect(struct dead_copies *copies,
					 const char *line, size_t length,
					 uint64_t times, struct error *error);
/* To take expectations back: those after the mark are forgotten. */
size_t dead_copies_mark(const struct dead_copies *copies);
void dead_copies_back_to(struct dead_copies *copies, size_t mark);
/* Takes them out, oldest first; all others stay in the queue. How many it
 * found goes into *removed_r. */
MUST_CHECK enum fault dead_copies_remove(struct dead_copies *copies,
					 const char *rabbitmq_url,
					 uint64_t *removed_r,
					 struct error *error);

#endif
