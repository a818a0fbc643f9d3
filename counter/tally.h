#ifndef CONFAB_COUNTER_TALLY_H
#define CONFAB_COUNTER_TALLY_H

#include <stddef.h>

#include "common/fault.h"
#include "common/sql.h"
#include "counter/parent.h"

/*
 * Counts the rows below parents of one kind: messages below chats, or chats
 * below applications. Reads only; the caller holds the parents' own rows
 * locked, so that nobody else moves their marks meanwhile.
 */
struct tally;

enum tally_kind { TALLY_MESSAGES, TALLY_CHATS };

/* `most`: parents at once. NULL when memory is out. */
struct tally *tally_new(struct sql *sql, enum tally_kind kind, size_t most);
/* After the connection. */
void tally_free(struct tally **tally);

/*
 * For each of n parents: moves `mark` as far as it goes and sets `count` to
 * the settled count and the rows above it. Whatever was stored when it began
 * is in `count`; what the mark has passed is in it in any case.
 */
MUST_CHECK enum fault tally_count(struct tally *tally,
				  struct parent *const *parents, size_t n,
				  struct error *error);

#endif
