#ifndef CONFAB_CTL_DEAD_NUMBERS_H
#define CONFAB_CTL_DEAD_NUMBERS_H

#include "ctl/dead_copies.h"
#include "ctl/dead_rows.h"

/*
 * A letter of persisters holds a number that was promised: counters load from
 * the numbers of rows, voids and letters, so it may go only when one of the
 * others is there. All of this in a transaction that dead_row_read() is in.
 */

/* Whether a chat's or a message's letter holds a number that was promised. */
bool dead_row_holds_number(const struct dead_row *row);
/* Says, to who counts, that the number may become a row yet. Before it is
 * published again, in a transaction of its own. */
MUST_CHECK enum fault dead_row_note_replay(struct sql *sql,
					   const struct uuid *id,
					   struct error *error);
/* Whether that number's row is there, with the event's own id. */
MUST_CHECK enum fault dead_row_is_stored(struct sql *sql,
					 const struct dead_row *row,
					 bool *stored_r, struct error *error);
/* The letter is stored: deletes the persisters' row, whose copies are to go
 * too. */
MUST_CHECK enum fault dead_row_settle(struct sql *sql,
				      const struct dead_row *row,
				      struct dead_copies *copies,
				      struct error *error);
/* Gives the number up for good, unless there is a row of it, and frees the
 * event's key. */
MUST_CHECK enum fault dead_row_give_up(struct sql *sql,
				       const struct dead_row *row,
				       struct error *error);

#endif
