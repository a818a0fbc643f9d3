#ifndef CONFAB_CTL_AWAITED_H
#define CONFAB_CTL_AWAITED_H

#include <stddef.h>
#include <stdint.h>

#include "common/sql.h"
#include "ctl/dead_copies.h"
#include "ctl/dead_rows.h"

/*
 * Dead letters that were published again and hold a promised number. Each
 * stays in the table until its row is stored: between the two, nothing else
 * would tell that the number is spent.
 */
struct awaited;

/* NULL when memory is out. */
struct awaited *awaited_new(void);
void awaited_free(struct awaited **awaited);

/* The letter as it was read before it was published. */
MUST_CHECK enum fault awaited_add(struct awaited *awaited,
				  const struct dead_row *row,
				  struct error *error);
/* To take letters back: those after the mark are forgotten. */
size_t awaited_mark(const struct awaited *awaited);
void awaited_back_to(struct awaited *awaited, size_t mark);

struct awaited_outcome {
	uint64_t refused; /* again, by a persister */
	uint64_t waiting; /* neither that nor stored, and nothing moves */
};

/*
 * Deletes the letters whose row is there, and waits for the others as long as
 * some of them come to an end every few seconds. Their copies go to `copies`.
 */
MUST_CHECK enum fault awaited_settle(struct awaited *awaited, struct sql *sql,
				     struct dead_copies *copies,
				     struct awaited_outcome *outcome_r,
				     struct error *error);

#endif
