#ifndef CONFAB_COMMON_DEAD_LETTER_H
#define CONFAB_COMMON_DEAD_LETTER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/event.h"
#include "common/fault.h"
#include "common/sql.h"

/*
 * What cannot be stored is recorded twice: as a row in dead_letters (for job
 * states, and because its number was promised) and, byte for byte, in the
 * queue confab.dead. Both are idempotent or harmless to redo, so a letter whose
 * outcome is unknown is simply recorded again.
 */
struct dead_letter {
	const struct event *event; /* NULL when the line is no event */
	const char *line;	   /* without its newline */
	size_t length;
	const char *routing_key; /* as it came */
	const char *reason;	 /* REASON_... of consumer.h */
	const char *detail;	 /* a sentence for people; no body in it */
	bool row_done;		 /* the row needs no redoing */
};

struct dead_letters;

/*
 * `queue` is the one whose consumer gives up. Connects when the first letter
 * comes. `sql` may be NULL (no rows) and must not be in a transaction when
 * letters are recorded. All texts must outlive it. NULL when memory is out.
 */
struct dead_letters *dead_letters_new(const char *rabbitmq_url,
				      const char *queue, struct sql *sql);
void dead_letters_free(struct dead_letters **letters);

/*
 * Records as many as a few seconds allow, in order: `*done_r` of them, set on
 * failure too. The rest is to be given again. A row that the database refuses
 * for good is left out and told in *error with FAULT_NONE returned: the queue
 * then has the letter alone.
 */
MUST_CHECK enum fault dead_letters_record(struct dead_letters *letters,
					  struct dead_letter *const *list,
					  size_t n, size_t *done_r,
					  struct error *error);

/* The row alone, as part of a transaction of `sql`. */
MUST_CHECK enum fault dead_letter_insert(struct sql *sql, const char *queue,
					 const struct dead_letter *letter,
					 struct error *error);

/* Call every second or so: closes a connection that is idle. */
void dead_letters_tend(struct dead_letters *letters);

#endif
